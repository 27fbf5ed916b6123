"""The reported numbers of a trained model, and of PCA with as many components."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from aecore.analysis.metrics import cross_entropy, logits_of, psnr, squared_error
from aecore.analysis.pca import PCA
from aecore.data import Split
from aecore.data.pixels import to_stored
from aecore.models.autoencoder import Autoencoder
from aecore.objectives.corruptions import Corruption, NoCorruption, corrupted


@dataclass(frozen=True)
class Scores:
    """Mean errors over a set of examples."""

    mse: float  # squared error per pixel, or per number of a vector
    sse: float  # squared error per example
    bce: float | None  # nats per pixel; None for what is no picture
    psnr: float | None  # dB, of the mean squared error; None for what is no picture

    def as_dict(self) -> dict[str, float | None]:
        """Plain numbers by name."""
        return asdict(self)


@dataclass(frozen=True)
class Reconstructed:
    """Examples beside what a model makes of them, as they are kept: pictures in 8 bits."""

    originals: Tensor  # (N, *input_shape)
    given: Tensor | None  # the same with noise, as the model was given them; None where it was given the originals
    answers: Tensor  # (N, *input_shape)
    errors: Tensor  # (N,) squared error of each


@torch.inference_mode()
def reconstruct(model: Autoencoder, images: Tensor, corruption: Corruption | None = None) -> Reconstructed:
    """What a model makes of images (N, *input_shape), with noise first if a corruption is given."""
    model.eval()
    pictures, given, answers, errors = images.dim() == 4, [], [], []
    for x, noisy in corrupted(images, corruption or NoCorruption()):
        answer = model.reconstruct(noisy)
        errors.append(squared_error(x, answer))
        answers.append(to_stored(answer, pictures))
        given.append(to_stored(noisy, pictures))
    return Reconstructed(images, torch.cat(given) if corruption else None, torch.cat(answers), torch.cat(errors))


@torch.inference_mode()
def score_model(model: Autoencoder, split: Split, corruption: Corruption | None = None) -> Scores:
    """Scores of a model's reconstructions against the clean pictures; a stochastic code is taken at its mean."""
    model.eval()
    split = Split(split.images.to(next(model.parameters()).device), split.labels)

    def errors(x: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        logits = model(given, sample=False).logits.float()
        answer = model.output(logits)
        return squared_error(x, answer), cross_entropy(x, logits if model.bounded else logits_of(answer))

    return _scores(split, corruption, errors)


def score_pca(principal: PCA, components: int, split: Split, corruption: Corruption | None = None) -> Scores:
    """Scores of PCA's reconstructions; only for the cross-entropy are they brought inside (0, 1)."""

    def errors(x: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        answer = principal.reconstruct(given, components)
        return squared_error(x, answer), cross_entropy(x, logits_of(answer))

    return _scores(split, corruption, errors)


def _scores(
    split: Split, corruption: Corruption | None, errors: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
) -> Scores:
    parts = [errors(x, given) for x, given in corrupted(split.images, corruption or NoCorruption())]
    squared, entropies = (torch.cat(column).double().mean().item() for column in zip(*parts, strict=True))
    size, pictures = math.prod(split.images.shape[1:]), split.images.dim() == 4
    mse = squared / size
    return Scores(mse, squared, entropies / size if pictures else None, psnr(mse) if pictures else None)
