"""FlatParameters: all parameters of a model as views of one tensor, which an optimizer updates in one operation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn


class FlatParameters:
    """Parameters that share one tensor, and so do their gradients.

    Only for optimizers that treat each number alone, such as Adam; not for those that treat a weight matrix as a whole.

    Args:
        parameters: of one model, on one device and of one type. Their values move into the shared tensor.
    """

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        self.parameters = list(parameters)
        self._layouts = [(parameter.shape, _dense_strides(parameter)) for parameter in self.parameters]
        self._sizes = [parameter.numel() for parameter in self.parameters]
        first = self.parameters[0]
        #: The shared tensor (N,), to be given to the optimizer.
        self.values = nn.Parameter(torch.empty(sum(self._sizes), dtype=first.dtype, device=first.device))
        self.values.grad = torch.zeros_like(self.values)
        self._gradients = self.split(self.values.grad)
        for parameter, value in zip(self.parameters, self.split(self.values.data), strict=True):
            parameter.data = value.copy_(parameter.data)

    def zero_grad(self) -> None:
        """Set all gradients to zero: views of the shared one, also where a parameter was given another."""
        assert self.values.grad is not None
        self.values.grad.zero_()
        for parameter, gradient in zip(self.parameters, self._gradients, strict=True):
            parameter.grad = gradient

    def split(self, flat: Tensor) -> list[Tensor]:
        """Return a view for each parameter, with its shape and memory format: (N,) to shapes of the parameters."""
        parts = torch.split(flat, self._sizes)
        return [part.as_strided(*layout) for part, layout in zip(parts, self._layouts, strict=True)]

    def join(self, tensors: Sequence[Tensor | None]) -> Tensor:
        """Copy tensors with the shapes of the parameters into one (N,), with zeros for those that are None."""
        flat = torch.zeros_like(self.values.data)
        for part, tensor in zip(self.split(flat), tensors, strict=True):
            if tensor is not None:
                part.copy_(tensor)
        return flat


def _dense_strides(parameter: Tensor) -> tuple[int, ...]:
    """The strides of the parameter without gaps; they keep the order of its dimensions in memory."""
    return torch.empty_like(parameter, memory_format=torch.preserve_format).stride()
