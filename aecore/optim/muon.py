"""Muon for matrices and convolution kernels, AdamW for all other weights, as one torch optimizer."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

from aecore.optim.newton_schulz import gram_factor, orthogonal_factor, uses_gram

#: AdamW's learning rate, as a fraction of Muon's. Measured on MNIST: 0.1 to 1 give about the same loss.
ADAM_FACTOR = 0.3
_BETAS, _EPS = (0.9, 0.999), 1e-8


class MuonWithAdam(torch.optim.Optimizer):
    """Muon for weights of two dimensions and, flattened to (out, in * height * width), of four; AdamW for the others.

    Muon replaces the momentum of the gradient by its nearest orthogonal matrix. Jordan et al., Muon: an optimizer for
    hidden layers in neural networks, 2024. As in `torch.optim.Muon`, which takes matrices only, updates of tall ones
    are scaled by sqrt(out / in), and weight decay is decoupled: Liu et al., Muon is scalable for LLM training, 2025.

    Args:
        params: the weights.
        lr: learning rate of Muon; that of AdamW is `ADAM_FACTOR` times as large.
        weight_decay: fraction of the weights that an update of learning rate 1 subtracts.
        momentum: decay of the running mean of the gradient.
        nesterov: whether to use Nesterov momentum.
        fused: whether torch has a fused AdamW for the device of the weights.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float,
        weight_decay: float,
        momentum: float,
        nesterov: bool,
        fused: bool,
    ) -> None:
        settings = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov, "fused": fused}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the weights that have a gradient; return what the closure, called first, returns."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            self._step_matrices([weight for weight in weights if weight.ndim in (2, 4)], group)
            self._step_others([weight for weight in weights if weight.ndim not in (2, 4)], group)
        return loss

    def _step_matrices(self, weights: Sequence[Tensor], group: dict[str, Any]) -> None:
        if not weights:
            return
        gradients = _gradients(weights)
        means = [self._state(weight, "momentum_buffer") for weight in weights]
        torch._foreach_lerp_(means, gradients, 1 - group["momentum"])
        updates = torch._foreach_lerp(gradients, means, group["momentum"]) if group["nesterov"] else means
        by_shape: dict[tuple[int, int | None], list[tuple[Tensor, Tensor]]] = defaultdict(list)
        for weight, update in zip(weights, updates, strict=True):
            matrix = _rows_first(weight, like=weight).view(len(weight), -1)
            rows, columns = sorted(matrix.shape)
            key = (rows, None if uses_gram(rows, columns, weight.device.type) else columns)
            by_shape[key].append((matrix, _rows_first(update, like=weight).reshape(len(weight), -1)))
        for (_, length), pairs in by_shape.items():
            apply = _apply_by_gram if length is None else _apply_directly
            apply(pairs, group["lr"], 1 - group["lr"] * group["weight_decay"])

    def _step_others(self, weights: Sequence[Tensor], group: dict[str, Any]) -> None:
        if not weights:
            return
        for weight in weights:
            if "step" not in self.state[weight]:
                device = weight.device if group["fused"] else "cpu"  # as in torch.optim.AdamW
                self.state[weight]["step"] = torch.zeros((), dtype=torch.float32, device=device)
        adamw(
            list(weights),
            _gradients(weights),
            [self._state(weight, "exp_avg") for weight in weights],
            [self._state(weight, "exp_avg_sq") for weight in weights],
            [],
            [self.state[weight]["step"] for weight in weights],
            fused=group["fused"],
            amsgrad=False,
            beta1=_BETAS[0],
            beta2=_BETAS[1],
            lr=group["lr"] * ADAM_FACTOR,
            weight_decay=group["weight_decay"],
            eps=_EPS,
            maximize=False,
        )

    def _state(self, weight: Tensor, name: str) -> Tensor:
        state: dict[str, Tensor] = self.state[weight]
        if name not in state:
            state[name] = torch.zeros_like(weight)
        return state[name]


def _gradients(weights: Sequence[Tensor]) -> list[Tensor]:
    return [weight.grad for weight in weights if weight.grad is not None]


def _rows_first(values: Tensor, like: Tensor) -> Tensor:
    """Order the dimensions of a kernel as they lie in the memory of `like`, so that it can be flattened without a copy.

    The order of the columns of a matrix does not matter to Muon.
    """
    return values if values.ndim == 2 or like.is_contiguous() else values.permute(0, 2, 3, 1)


def _apply_by_gram(pairs: Sequence[tuple[Tensor, Tensor]], rate: float, decay: float) -> None:
    """Update matrices whose shorter sides are equal."""
    rows = min(pairs[0][0].shape)
    grams = pairs[0][0].new_empty(len(pairs), rows, rows)
    for gram, (_, update) in zip(grams, pairs, strict=True):
        torch.mm(*((update.T, update) if _is_tall(update) else (update, update.T)), out=gram)
    for factor, (weight, update) in zip(gram_factor(grams), pairs, strict=True):
        product = (update, factor) if _is_tall(update) else (factor, update)
        weight.addmm_(*product, beta=decay, alpha=-rate * _scale(weight))


def _apply_directly(pairs: Sequence[tuple[Tensor, Tensor]], rate: float, decay: float) -> None:
    """Update matrices of equal shapes, or of the transposed shape."""
    factors = orthogonal_factor(torch.stack([update.T if _is_tall(update) else update for _, update in pairs]))
    for factor, (weight, _) in zip(factors, pairs, strict=True):
        weight.mul_(decay).add_(factor.T if _is_tall(weight) else factor, alpha=-rate * _scale(weight))


def _is_tall(matrix: Tensor) -> bool:
    return matrix.shape[0] > matrix.shape[1]


def _scale(matrix: Tensor) -> float:
    return math.sqrt(max(1.0, matrix.shape[0] / matrix.shape[1]))
