"""The reported numbers of a trained model, and of PCA with as many components."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from aecore.analysis.metrics import cross_entropy, logits_of, psnr, squared_error
from aecore.analysis.pca import Principal
from aecore.autoencoder import Autoencoder
from aecore.datasets import Split

BATCH = 1000


@dataclass(frozen=True)
class Scores:
    """Mean errors over a set of pictures."""

    mse: float  # squared error per pixel
    sse: float  # squared error per picture
    bce: float  # nats per pixel
    psnr: float  # dB, of the mean squared error

    def as_dict(self) -> dict[str, float]:
        """Plain numbers by name."""
        return asdict(self)


def pixels(images: Tensor) -> Tensor:
    """uint8 pictures to float pictures in [0, 1]."""
    return images.float().div_(255)


def batches(images: Tensor, size: int = BATCH) -> Iterator[Tensor]:
    """uint8 pictures (N, C, H, W) as float batches in [0, 1]."""
    for start in range(0, len(images), size):
        yield pixels(images[start : start + size])


@torch.inference_mode()
def score_model(model: Autoencoder, split: Split) -> Scores:
    """Scores of a model's reconstructions; a stochastic code is taken at its mean."""
    model.eval()
    device = next(model.parameters()).device
    errors, entropies = [], []
    for x in batches(split.images.to(device)):
        logits = model(x, sample=False).logits.float()
        errors.append(squared_error(x, logits.sigmoid()))
        entropies.append(cross_entropy(x, logits))
    return _scores(torch.cat(errors), torch.cat(entropies), split)


def score_pca(principal: Principal, components: int, split: Split) -> Scores:
    """Scores of PCA's reconstructions; only for the cross-entropy are they brought inside (0, 1)."""
    errors, entropies = [], []
    for x in batches(split.images):
        answer = principal.reconstruct(x, components)
        errors.append(squared_error(x, answer))
        entropies.append(cross_entropy(x, logits_of(answer)))
    return _scores(torch.cat(errors), torch.cat(entropies), split)


def _scores(errors: Tensor, entropies: Tensor, split: Split) -> Scores:
    size = math.prod(split.images.shape[1:])
    sse = float(errors.double().mean())
    return Scores(sse / size, sse, float(entropies.double().mean()) / size, psnr(sse / size))
