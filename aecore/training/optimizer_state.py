"""The state of an optimizer, such as Adam's moments, as named tensors that a file can store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return copies of the state on the CPU, by "<parameter index>.<name>"."""
    return {
        f"{index}.{name}": value.detach().cpu().clone()
        for index, state in optimizer.state_dict()["state"].items()
        for name, value in state.items()
        if isinstance(value, Tensor)
    }


def restore_optimizer(
    optimizer: torch.optim.Optimizer, parameters: Sequence[nn.Parameter], stored: Mapping[str, Tensor]
) -> None:
    """Restore the state from `optimizer_state` of an optimizer of the same class, for the same parameters."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in stored.items():
        index, name = key.split(".", 1)
        # The fused optimizer needs the same memory layout for weights and moments, and a file does not store it:
        # without this copy, channels-last convolutions would get the moments of other weights.
        weight = parameters[int(index)]
        moment = torch.empty_like(weight, device="cpu").copy_(value) if value.shape == weight.shape else value
        state.setdefault(int(index), {})[name] = moment
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
