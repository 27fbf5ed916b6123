"""Reported scores of a trained model, and of PCA with the same number of components."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from aecore.analysis.metrics import cross_entropy, psnr, squared_error, to_logits
from aecore.analysis.pca import PCA, not_finite
from aecore.data import Split
from aecore.data.inputs import Values, as_examples, require, require_some
from aecore.data.pixels import to_stored
from aecore.errors import SMALLER_RATE, Diverged, InvalidInput
from aecore.models.autoencoder import Autoencoder
from aecore.objectives.corruptions import Corruption, NoCorruption, corrupted


@dataclass(frozen=True)
class Scores:
    """Mean errors over a set of examples."""

    mse: float  # squared error per pixel, or per feature of a vector
    sse: float  # squared error per example
    bce: float | None  # nats per pixel; None for vectors
    psnr: float | None  # dB, of the mean squared error; None for vectors

    def as_dict(self) -> dict[str, float | None]:
        """Return the scores by name, as stored in JSON."""
        return asdict(self)


@dataclass(frozen=True)
class ReconstructedSet:
    """Examples with their reconstructions, as stored: images in 8 bits."""

    originals: Tensor  # (N, *input_shape)
    noisy: Tensor | None  # (N, *input_shape), the corrupted inputs; None without a corruption
    reconstructions: Tensor  # (N, *input_shape)
    errors: Tensor  # (N,) squared error per example


def reconstruct(model: Autoencoder, images: Values, corruption: Corruption | None = None) -> ReconstructedSet:
    """Reconstruct images (N, *input_shape), corrupted first if a corruption is given."""
    images = as_examples(images, model.input_shape)
    are_images = images.dim() == 4
    inputs, reconstructions, errors = [], [], []
    for x, noisy in corrupted(images, corruption or NoCorruption()):
        output = model.reconstruct(noisy)
        errors.append(squared_error(x, output))
        reconstructions.append(to_stored(output, are_images))
        inputs.append(to_stored(noisy, are_images))
    noisy_images = torch.cat(inputs) if corruption else None
    return ReconstructedSet(images, noisy_images, torch.cat(reconstructions), torch.cat(errors))


def score_model(model: Autoencoder, split: Split, corruption: Corruption | None = None) -> Scores:
    """Score a model's reconstructions against the clean examples; stochastic codes are replaced by their mean.

    Args:
        model: the model.
        split: the examples.
        corruption: applied to the inputs.

    Raises:
        Diverged: a score is not finite.
        InvalidInput: there are no examples, or they have another shape or range than the model's inputs, or are not
            finite.
    """
    require(split, Split, "split", "such as `data.test` or `Split(images)`")
    images = as_examples(split.images, model.input_shape)
    require_some(images)
    split = Split(images, split.labels)

    def errors(x: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
        logits = model.evaluate(lambda inputs: model(inputs, sample=False).logits.float(), inputs)
        output = model.output(logits)
        return squared_error(x, output), cross_entropy(x, logits if model.is_bernoulli else to_logits(output))

    return _scores(split, corruption, errors, f"The scores of the model are not finite. {SMALLER_RATE}")


def score_pca(pca: PCA, components: int, split: Split, corruption: Corruption | None = None) -> Scores:
    """Score PCA's reconstructions against the clean examples; for the cross-entropy they are clamped to (0, 1).

    Args:
        pca: the fitted components.
        components: number of components to use.
        split: the examples.
        corruption: applied to the inputs.

    Raises:
        Diverged: a score is not finite.
        InvalidInput: there are no examples, or they have another size or range, or are not finite.
    """
    require(pca, PCA, "pca", "such as `fit_pca(data.training.images)`")
    require(split, Split, "split", "such as `data.test` or `Split(images)`")
    images = as_examples(split.images, tuple(split.images.shape[1:]))
    require_some(images)
    if images[0].numel() != len(pca.mean):
        raise InvalidInput(
            f"The examples have the shape {tuple(images.shape)}, and PCA was fitted to examples of {len(pca.mean):,} "
            "values."
        )
    split = Split(images, split.labels)

    def errors(x: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
        output = pca.reconstruct(inputs, components)
        return squared_error(x, output), cross_entropy(x, to_logits(output))

    return _scores(split, corruption, errors, not_finite(split.images))


def _scores(
    split: Split,
    corruption: Corruption | None,
    errors: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    message: str,
) -> Scores:
    batches = [errors(x, inputs) for x, inputs in corrupted(split.images, corruption or NoCorruption())]
    sse, entropy = (torch.cat(column).cpu().double().mean().item() for column in zip(*batches, strict=True))
    if not math.isfinite(sse) or not math.isfinite(entropy):
        raise Diverged(message)
    size, are_images = math.prod(split.images.shape[1:]), split.images.dim() == 4
    mse = sse / size
    return Scores(mse, sse, entropy / size if are_images else None, psnr(mse) if are_images else None)
