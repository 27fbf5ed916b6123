"""Full precision inside a computation that runs in bfloat16."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """A context in which autocast is off; shapes alone (the meta device) know no autocast."""
    return nullcontext() if device.type == "meta" else torch.autocast(device.type, enabled=False)
