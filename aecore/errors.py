"""Exceptions of aecore, under one base class.

Each message names the given value, the possible values and what to do, so it can be shown to users unchanged.
"""


class AecoreError(Exception):
    """Base class of all exceptions of the package."""


class IncompatibleSettings(AecoreError, ValueError):
    """Settings that are valid individually but not in combination.

    Also a ValueError, so that pydantic reports it as a validation error.

    Args:
        message: the explanation.
        field: path of the setting to show the message at, relative to the validated group.
    """

    def __init__(self, message: str, *field: str) -> None:
        super().__init__(message)
        self.field = field


class DataUnavailable(AecoreError):
    """A dataset is not on this machine, or could not be downloaded."""


class ImageError(AecoreError):
    """An image file cannot be read."""


class OnlyFirstUsed(ImageError):
    """A file holds several images, of which the first was read."""


class Diverged(AecoreError):
    """A loss, a weight, a code or a score is not finite."""


#: What to do about it: where the updates were too large, and where the inputs are.
SMALLER_RATE = "Try a learning rate ten times smaller."
SCALED_FEATURES = "Scale each feature to mean 0 and standard deviation 1."


class InvalidInput(AecoreError, ValueError):
    """Images, vectors, labels or codes that a model cannot use: another shape, range or type, or not finite.

    Also a ValueError, as scikit-learn raises for them.
    """


class MissingDependency(AecoreError):
    """An optional package is not installed."""


class RunNotFound(AecoreError):
    """No run has the given id."""


class UnreadableRun(AecoreError):
    """A run folder is damaged, incomplete or from a newer version."""


class SweepNotFound(AecoreError):
    """No sweep has the given id."""


class UnreadableSweep(AecoreError):
    """A sweep's file is damaged, incomplete or from a newer version."""


class InvalidArguments(AecoreError):
    """A command received invalid arguments."""


class LimitExceeded(AecoreError):
    """A visitor asked for more than the server allows."""
