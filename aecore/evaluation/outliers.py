"""Outlier scores: reconstruction error of images from outside the dataset, compared with the test images.

A nearly black image has a small error whatever its reconstruction shows, so its error is also compared relative to the
energy of the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.analysis.metrics import relative_error, squared_error
from aecore.analysis.neighbors import fraction_below, nearest
from aecore.data.inputs import Values, as_examples
from aecore.data.pixels import batches, to_float, to_stored
from aecore.evaluation.scores import ReconstructedSet
from aecore.images import PreparedImage
from aecore.models.autoencoder import Autoencoder


@dataclass(frozen=True)
class OutlierScore:
    """The outlier score of one image, with its reconstruction, code and nearest neighbors."""

    reconstruction: Tensor  # (C, H, W) uint8
    error: float  # squared error per image
    fraction_below: float  # fraction of the test images with a lower error, from 0 to 1
    relative_error: float  # squared error relative to the energy of the image; 1 is as bad as one uniform gray
    relative_fraction_below: float  # fraction of the test images with a lower relative error, from 0 to 1
    code: Tensor  # (*latent_shape)
    nearest: tuple[int, ...]  # indices of the nearest training images by code, nearest first


def to_input_batch(prepared: Sequence[PreparedImage]) -> Tensor:
    """Stack prepared images to a model input (N, C, H, W) uint8."""
    return torch.from_numpy(np.stack([p.model_input for p in prepared])).permute(0, 3, 1, 2).contiguous()


def score_outliers(
    model: Autoencoder, images: Values, test: ReconstructedSet, codes: Tensor, neighbors: int = 5
) -> list[OutlierScore]:
    """Score images by their reconstruction error.

    Args:
        model: the model.
        images: (M, C, H, W) uint8, from `to_input_batch`.
        test: the test images with their reconstruction errors.
        codes: (K, *latent_shape), of training images.
        neighbors: number of nearest neighbors among `codes`.
    """
    x = to_float(as_examples(images, model.input_shape))
    z = model.encode(x)
    reconstructions = model.decode(z)
    errors, (indices, _) = squared_error(x, reconstructions), nearest(codes, z, neighbors)
    relative, stored = relative_error(x, errors), to_stored(reconstructions, is_image=True)
    test_relative = relative_error(to_float(test.originals), test.errors)
    return [
        OutlierScore(
            output,
            float(error),
            fraction_below(test.errors, float(error)),
            float(ratio),
            fraction_below(test_relative, float(ratio)),
            code,
            tuple(found.tolist()),
        )
        for output, error, ratio, code, found in zip(stored, errors, relative, z, indices, strict=True)
    ]


def encode_images(model: Autoencoder, images: Values) -> Tensor:
    """Encode images (N, *input_shape) to codes (N, *latent_shape); stochastic codes are replaced by their mean."""
    return torch.cat([model.encode(x) for x in batches(as_examples(images, model.input_shape))])
