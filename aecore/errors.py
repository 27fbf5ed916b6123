"""The exceptions of aecore, under one base class.

Each message says what was given, what is possible and what to do, so that it can be shown as it is.
"""


class AecoreError(Exception):
    """Base class of all exceptions of the package."""


class IncompatibleSettings(AecoreError, ValueError):
    """Settings that are valid one by one but not together.

    A ValueError as well, so that pydantic reports it as a validation error.

    Args:
        message: the explanation.
        field: path of the setting to show the message beside, relative to the group that is checked.
    """

    def __init__(self, message: str, *field: str) -> None:
        super().__init__(message)
        self.field = field


class DataUnavailable(AecoreError):
    """A data set is not on this machine, or could not be downloaded."""


class ImageError(AecoreError):
    """A picture cannot be read."""


class Diverged(AecoreError):
    """A loss, a weight or a code is not a finite number."""


class MissingDependency(AecoreError):
    """An optional package is not installed."""


class RunNotFound(AecoreError):
    """There is no run of that id."""


class UnreadableRun(AecoreError):
    """A run's folder is damaged, incomplete or from a newer version."""


class InvalidArguments(AecoreError):
    """A command was given arguments that it cannot use."""
