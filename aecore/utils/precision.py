"""Floating-point precision: full inside a computation that runs in bfloat16, and where bfloat16 is fast."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """Return a context in which autocast is disabled; a no-op where it is, and on the meta device, which has none."""
    if device.type == "meta" or not torch.is_autocast_enabled(device.type):
        return nullcontext()
    return torch.autocast(device.type, enabled=False)


@cache
def fast_bfloat16(device: str) -> bool:
    """Return whether products in bfloat16 are faster than in float32 on this machine's devices of a type."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return device == "cpu" and (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
