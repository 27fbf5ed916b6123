"""The mean cross-entropy of a batch, with a gradient that needs one sigmoid."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def mean_cross_entropy(images: Tensor, logits: Tensor) -> Tensor:
    """Compute the Bernoulli cross-entropy per image in nats: the mean over images, the sum over pixels.

    The same number as `aecore.analysis.metrics.cross_entropy(images, logits).mean()`, in half the time. It has a first
    derivative only, and only with respect to the logits.

    Args:
        images: pixels in [0, 1], (B, ...).
        logits: (B, ...), float32.
    """
    value: Tensor = _MeanCrossEntropy.apply(images, logits)  # type: ignore[no-untyped-call]
    return value


class _MeanCrossEntropy(torch.autograd.Function):
    """Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014, appendix C.1, eq. 11, negated.

    With y = sigmoid(l), it is softplus(l) - x l, and its derivative y - x. Softplus is max(l, 0) - log max(y, 1 - y),
    so that there is one exponential.
    """

    @staticmethod
    def forward(ctx: Any, images: Tensor, logits: Tensor) -> Tensor:
        outputs = logits.sigmoid()
        buffer = (outputs - 0.5).abs_().add_(0.5).log_()
        loss = -buffer.sum() - torch.dot(images.flatten(), logits.flatten())
        loss += torch.clamp(logits, min=0, out=buffer).sum()  # memory that is still in the cache
        if logits.requires_grad:
            ctx.save_for_backward(outputs.sub_(images).div_(len(images)))
        return loss / len(images)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor]:
        (saved,) = ctx.saved_tensors
        return None, saved * gradient
