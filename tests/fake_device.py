"""A second device for machines that have none: tensors that compute on the CPU and mix with no tensors that do not.

They say that they are on the meta device, since PyTorch looks for a driver of any other. Like MPS, the device has no
double precision.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("meta", 0)
#: Operations that take tensors of two devices; an index may be on the CPU.
_MIXED = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default, torch.ops.aten.index.Tensor}


class _Elsewhere(Tensor):
    """A tensor on the device; `here` holds its values."""

    here: Tensor

    @staticmethod
    def __new__(cls, here: Tensor) -> _Elsewhere:
        if here.dtype == torch.float64:
            raise TypeError("Cannot convert a tensor to float64: the device has no double precision.")
        tensor = Tensor._make_wrapper_subclass(cls, here.shape, strides=here.stride(), dtype=here.dtype, device=DEVICE)
        tensor.here = here
        return tensor

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _compute(function, args, kwargs or {})


class FakeDevice(TorchDispatchMode):
    """Inside, `tensor.to(DEVICE)` and `model.to(DEVICE)` move to the device."""

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _compute(function, args, kwargs or {})


def _compute(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    wrappers = {id(tensor.here): tensor for tensor in tensors if isinstance(tensor, _Elsewhere)}
    elsewhere = bool(wrappers)
    if function not in _MIXED and elsewhere and any(t.dim() and not isinstance(t, _Elsewhere) for t in tensors):
        raise RuntimeError(f"Expected all tensors to be on the same device, but {function} got two of them.")
    if kwargs.get("device") is not None:
        elsewhere = kwargs["device"].type == DEVICE.type
        kwargs = kwargs | {"device": torch.device("cpu")}
    if function is torch.ops.aten.copy_.default:
        elsewhere = isinstance(args[0], _Elsewhere)
    args, kwargs = tree_map(lambda leaf: leaf.here if isinstance(leaf, _Elsewhere) else leaf, (args, kwargs))
    result = function(*args, **kwargs)
    if not elsewhere:
        return result
    return tree_map(lambda leaf: _wrapped(leaf, wrappers), result)


def _wrapped(leaf: Any, wrappers: dict[int, _Elsewhere]) -> Any:
    if not isinstance(leaf, Tensor):
        return leaf
    known = wrappers.get(id(leaf))  # an operation in place returns its input
    return _Elsewhere(leaf) if known is None else known
