"""Device and floating-point precision of a training."""

from __future__ import annotations

import torch

from aecore.config.run_config import RunConfig
from aecore.errors import InvalidInput
from aecore.utils.precision import fast_bfloat16


def default_device() -> torch.device:
    """Return the fastest device of this machine."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def usable_device(device: torch.device | str) -> torch.device:
    """Return a device of this machine.

    Raises:
        InvalidInput: there is no such device here.
    """
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        possible = sorted({"cpu", default_device().type})
        raise InvalidInput(
            f"The device {str(device)!r} does not exist on this machine; possible values are {', '.join(possible)}."
        ) from error
    return found


def uses_bfloat16(config: RunConfig, device: torch.device) -> bool:
    """Return whether to train in bfloat16.

    This depends on the processor's features and on the settings, not on a measurement, so that results are
    reproducible.
    """
    if config.training.precision != "auto":
        return config.training.precision == "bfloat16"
    if config.penalty.differentiates or not fast_bfloat16(device.type):
        return False
    if device.type == "cuda":
        return config.network.convolutional
    return config.network.gains_from_bfloat16(config.dataset.input_shape, config.training.batch_size)
