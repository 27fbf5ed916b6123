"""Pictures from outside beside what a model was trained on: its copy, how unusual its error is, what lies near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.analysis.metrics import squared_error
from aecore.analysis.neighbors import nearest, share_below
from aecore.data.pixels import batches, to_float, to_stored
from aecore.images import PreparedImage
from aecore.models.autoencoder import Autoencoder


@dataclass(frozen=True)
class OutlierScore:
    """What a model makes of one picture from outside."""

    answer: Tensor  # (C, H, W) uint8
    error: float  # squared error of the picture
    share: float  # of the test pictures have a lower error, from 0 to 1
    code: Tensor  # (*latent_shape)
    nearest: tuple[int, ...]  # indices of the nearest training pictures, nearest first


def as_inputs(prepared: Sequence[PreparedImage]) -> Tensor:
    """Prepared pictures as a model is given them, (N, C, H, W) uint8."""
    return torch.from_numpy(np.stack([p.model_input for p in prepared])).permute(0, 3, 1, 2).contiguous()


@torch.inference_mode()
def score_outliers(
    model: Autoencoder, images: Tensor, test_errors: Tensor, codes: Tensor, neighbors: int = 5
) -> list[OutlierScore]:
    """What a model makes of pictures from outside.

    Args:
        model: in evaluation mode.
        images: (M, C, H, W) uint8, as the model is given them.
        test_errors: (N,) squared errors of the model on the test pictures.
        codes: (K, *latent_shape), of training pictures.
        neighbors: how many of those to name.
    """
    x = to_float(images)
    z = model.encode(x)
    answers = model.decode(z)
    errors, (found, _) = squared_error(x, answers), nearest(codes, z, neighbors)
    stored = to_stored(answers, is_image=True)
    return [
        OutlierScore(answer, float(error), share_below(test_errors, float(error)), code, tuple(indices.tolist()))
        for answer, error, code, indices in zip(stored, errors, z, found, strict=True)
    ]


@torch.inference_mode()
def encode_all(model: Autoencoder, images: Tensor) -> Tensor:
    """The codes (N, *latent_shape) of images (N, *input_shape); the means where they are stochastic."""
    model.eval()
    return torch.cat([model.encode(x) for x in batches(images)])
