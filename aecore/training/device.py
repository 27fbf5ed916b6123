"""Where and how precisely to compute."""

from __future__ import annotations

import torch

from aecore.config.run_config import RunConfig


def device_for() -> torch.device:
    """The fastest device of this machine."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def low_precision(config: RunConfig, device: torch.device) -> bool:
    """Whether to compute in bfloat16. A fact of the processor, not a measurement, so that numbers repeat exactly."""
    if config.training.precision != "auto":
        return config.training.precision == "bfloat16"
    if not config.network.convolutional or config.penalty.differentiates:
        return False
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    # Measured: +70% images/s with these instructions, slower without.
    return device.type == "cpu" and (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
