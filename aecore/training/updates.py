"""Updates: the optimizer of one training, and its state as named tensors that a file can store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from aecore.config.training import Training
from aecore.optim.flat import FlatParameters


class Updates:
    """Updates of a model's parameters.

    Args:
        settings: name the optimizer.
        parameters: of the model, on `device`. An elementwise optimizer moves them into one tensor.
        device: where they are.
    """

    def __init__(self, settings: Training, parameters: Iterable[nn.Parameter], device: torch.device) -> None:
        self._parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self._flat = FlatParameters(self._parameters) if settings.optimizer.elementwise else None
        updated = [self._flat.values] if self._flat else self._parameters
        self._optimizer = settings.optimizer.build(updated, settings.learning_rate, settings.weight_decay, device)

    @property
    def learning_rate(self) -> float:
        rate: float = self._optimizer.param_groups[0]["lr"]
        return rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = rate

    def zero_grad(self) -> None:
        """Forget the gradients of the last step."""
        if self._flat:
            self._flat.zero_grad()
        else:
            self._optimizer.zero_grad()

    def step(self) -> None:
        """Update the parameters."""
        self._optimizer.step()

    def state(self) -> dict[str, Tensor]:
        """Return copies of the state, such as Adam's moments, on the CPU, by "<parameter index>.<name>"."""
        state: dict[int, dict[str, Tensor]] = self._optimizer.state_dict()["state"]
        if self._flat and state:
            state = self._split(self._flat, state[0])
        return {
            f"{index}.{name}": value.detach().cpu().clone()
            for index, values in state.items()
            for name, value in values.items()
            if isinstance(value, Tensor)
        }

    def restore(self, stored: Mapping[str, Tensor]) -> None:
        """Restore a state from `state`, of the same optimizer for the same parameters."""
        state: dict[int, dict[str, Tensor]] = defaultdict(dict)
        for key, value in stored.items():
            index, name = key.split(".", 1)
            # The fused optimizer needs the same memory layout for weights and moments, and a file does not store it:
            # without this copy, channels-last convolutions would get the moments of other weights.
            weight = self._parameters[int(index)]
            moment = torch.empty_like(weight, device="cpu").copy_(value) if value.shape == weight.shape else value
            state[int(index)][name] = moment
        if self._flat and state:
            state = {0: self._joined(self._flat, state)}
        self._optimizer.load_state_dict({"state": state, "param_groups": self._optimizer.state_dict()["param_groups"]})

    @staticmethod
    def _split(flat: FlatParameters, values: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
        """The state of each parameter from that of the tensor that they share; numbers, such as a step, are copied."""
        state: dict[int, dict[str, Tensor]] = {index: {} for index in range(len(flat.parameters))}
        for name, value in values.items():
            parts = flat.split(value) if value.shape == flat.values.shape else [value] * len(state)
            for index, part in enumerate(parts):
                state[index][name] = part
        return state

    def _joined(self, flat: FlatParameters, state: Mapping[int, Mapping[str, Tensor]]) -> dict[str, Tensor]:
        joined: dict[str, Tensor] = {}
        for name, value in next(iter(state.values())).items():
            parts = [state.get(index, {}).get(name) for index in range(len(flat.parameters))]
            joined[name] = flat.join(parts) if value.dim() else value
        return joined
