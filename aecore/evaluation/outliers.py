"""Outlier scores: reconstruction error of images from outside the dataset, compared with the test images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.analysis.metrics import squared_error
from aecore.analysis.neighbors import fraction_below, nearest
from aecore.data.pixels import batches, to_float, to_stored
from aecore.images import PreparedImage
from aecore.models.autoencoder import Autoencoder


@dataclass(frozen=True)
class OutlierScore:
    """The outlier score of one image, with its reconstruction, code and nearest neighbors."""

    reconstruction: Tensor  # (C, H, W) uint8
    error: float  # squared error per image
    fraction_below: float  # fraction of the test images with a lower error, from 0 to 1
    code: Tensor  # (*latent_shape)
    nearest: tuple[int, ...]  # indices of the nearest training images by code, nearest first


def to_input_batch(prepared: Sequence[PreparedImage]) -> Tensor:
    """Stack prepared images to a model input (N, C, H, W) uint8."""
    return torch.from_numpy(np.stack([p.model_input for p in prepared])).permute(0, 3, 1, 2).contiguous()


def score_outliers(
    model: Autoencoder, images: Tensor, test_errors: Tensor, codes: Tensor, neighbors: int = 5
) -> list[OutlierScore]:
    """Score images by their reconstruction error.

    Args:
        model: the model.
        images: (M, C, H, W) uint8, from `to_input_batch`.
        test_errors: (N,) squared error of each test image.
        codes: (K, *latent_shape), of training images.
        neighbors: number of nearest neighbors among `codes`.
    """
    x = to_float(images)
    z = model.encode(x)
    reconstructions = model.decode(z)
    errors, (indices, _) = squared_error(x, reconstructions), nearest(codes, z, neighbors)
    stored = to_stored(reconstructions, is_image=True)
    return [
        OutlierScore(output, float(error), fraction_below(test_errors, float(error)), code, tuple(found.tolist()))
        for output, error, code, found in zip(stored, errors, z, indices, strict=True)
    ]


def encode_images(model: Autoencoder, images: Tensor) -> Tensor:
    """Encode images (N, *input_shape) to codes (N, *latent_shape); stochastic codes are replaced by their mean."""
    return torch.cat([model.encode(x) for x in batches(images)])
