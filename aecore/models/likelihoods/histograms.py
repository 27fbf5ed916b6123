"""HistogramMixture: each pixel mixes a few histograms, which are learned and shared by all pixels."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from aecore.data.pixels import batches
from aecore.models.likelihoods.base import LEVELS, Likelihood

_FLOOR = 1e-7  # initial probability of a value far from the center of a histogram
_UNIFORM = 1e-5  # of each histogram: no value is impossible
_SMOOTHING = 1e-3  # of the mixture weights of a pixel that has the same value in all images
_IMAGES = 20_000  # that estimate the distribution of each pixel


class HistogramMixture(Likelihood):
    """p(x) = sum_k softmax(logits)_k histogram_k(x), with eight histograms of the 256 values.

    The histograms begin as logistic distributions with equally spaced centers, as in a discretized mixture (Salimans
    et al., PixelCNN++, ICLR 2017, section 2.1), and are parameters of the model: they learn which values are frequent,
    such as the exact black and the almost white of a digit. A step costs a quarter of that of logistic distributions
    with their own centers.
    """

    kind = "histograms"
    title = "Mixture of histograms (8-bit likelihood)"
    outputs = 8

    def __init__(self) -> None:
        super().__init__()
        # One dimension: optimizers with their own rule for matrices do not apply it to a table.
        self.table = nn.Parameter(_logistic_histograms(self.outputs).log().flatten())

    @property
    def histograms(self) -> Tensor:
        """The histograms (outputs, 256)."""
        learned = self.table.reshape(self.outputs, LEVELS).softmax(dim=1)
        return (1 - _UNIFORM) * learned + _UNIFORM / LEVELS

    def nats(self, images: Tensor, logits: Tensor) -> Tensor:
        components = self._components(logits).transpose(1, 2).flatten(2)  # (B, outputs, C * H * W)
        nats: Tensor = _Nats.apply(_values(images).flatten(1), components, self.histograms)  # type: ignore[no-untyped-call]
        return nats

    def mean(self, logits: Tensor) -> Tensor:
        levels = torch.linspace(0, 1, LEVELS, device=logits.device, dtype=logits.dtype)
        means = self.histograms.to(logits.dtype) @ levels  # (outputs,)
        return torch.einsum("bckhw,k->bchw", self._weights(logits), means)

    def probabilities(self, logits: Tensor) -> Tensor:
        return torch.einsum("bckhw,kv->bchwv", self._weights(logits), self.histograms.to(logits.dtype))

    @torch.no_grad()
    def marginal_logits(self, images: Tensor) -> Tensor:
        histograms, images = self.histograms, images[:_IMAGES]
        shares = histograms / histograms.sum(dim=0)  # (outputs, 256) of each histogram in a value
        weights = torch.full((self.outputs, *images.shape[1:]), _SMOOTHING)
        for batch in batches(images):
            weights += shares[:, _values(batch)].sum(dim=1) / len(images)
        return weights.log().transpose(0, 1).flatten(0, 1)

    def _components(self, logits: Tensor) -> Tensor:
        """(B, C * outputs, H, W) to (B, C, outputs, H, W)."""
        return logits.reshape(len(logits), -1, self.outputs, *logits.shape[2:])

    def _weights(self, logits: Tensor) -> Tensor:
        return self._components(logits).softmax(dim=2)


def _values(images: Tensor) -> Tensor:
    """Pixels in [0, 1] to whole numbers."""
    return (images * (LEVELS - 1)).round().long()


def _logistic_histograms(count: int) -> Tensor:
    """Logistic distributions with equally spaced centers; those of black and white hold the tails: (count, 256)."""
    edges = torch.linspace(-0.5, LEVELS - 0.5, LEVELS + 1) / (LEVELS - 1)
    edges[0], edges[-1] = -torch.inf, torch.inf
    spacing = 1 / (count - 1)
    centers = torch.linspace(0, 1, count)[:, None]
    cumulative = ((edges - centers) * (3 / spacing)).sigmoid()  # (count, 257)
    return cumulative.diff(dim=1).clamp(min=_FLOOR)


class _Nats(torch.autograd.Function):
    """The negative logarithm of a mixture, whose derivative is the weight minus the posterior of each component."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, logits: Tensor, histograms: Tensor) -> Tensor:
        """(B, N) integers, (B, K, N) and (K, 256) to (B,)."""
        weights = logits.softmax(dim=1)
        # Components first: `index_select` and `index_add_` are quickest on rows.
        posterior = histograms.index_select(1, values.flatten()).reshape(-1, *values.shape)  # (K, B, N)
        posterior *= weights.transpose(0, 1)
        likelihood = posterior.sum(dim=0)
        posterior /= likelihood
        ctx.save_for_backward(values, weights, posterior, histograms)
        return -likelihood.log().sum(dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, Tensor]:
        values, weights, posterior, histograms = ctx.saved_tensors
        posterior = posterior * gradient[:, None]
        counts = torch.zeros_like(histograms).index_add_(1, values.flatten(), posterior.flatten(1))
        logits = torch.addcmul(-posterior.transpose(0, 1), weights, gradient[:, None, None])
        return None, logits, -counts / histograms
