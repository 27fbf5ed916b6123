"""Export of selected images with their classes, codes and map coordinates, as CSV or NPZ."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aecore.latent.codes import EncodedSet


def class_counts(labels: Tensor, classes: int) -> list[int]:
    """Count the labels (N,) of each class."""
    return torch.bincount(labels, minlength=classes).tolist()[:classes]


def mean_image(images: Tensor) -> Tensor:
    """Compute the mean of images (N, C, H, W) uint8: (1, C, H, W) uint8."""
    return images.float().mean(dim=0, keepdim=True).round().to(torch.uint8)


def to_csv(encoded: EncodedSet, selected: Tensor, points: Tensor, class_names: Sequence[str]) -> bytes:
    """Export one row per selected image: number (from 1), class, map coordinates and code.

    Args:
        encoded: all images.
        selected: (M,) indices of the images to export.
        points: (N, k), map coordinates of all images.
        class_names: names of the classes; without names, the column is empty.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    axes, size = points.shape[1], encoded.codes.shape[1]
    writer.writerow(
        ["number", "class", *(f"map_{i + 1}" for i in range(axes)), *(f"z{i + 1}" for i in range(size))]
    )  # fmt: skip
    for i in selected.tolist():
        class_name = class_names[int(encoded.labels[i])] if class_names else ""
        values = [f"{value:.6g}" for value in [*points[i].tolist(), *encoded.codes[i].tolist()]]
        writer.writerow([i + 1, class_name, *values])
    return out.getvalue().encode()


def to_npz(encoded: EncodedSet, reconstructions: Tensor, selected: Tensor, points: Tensor) -> bytes:
    """Export the selected images as arrays.

    Args:
        encoded: all images.
        reconstructions: (N, C, H, W) uint8, of all images.
        selected: (M,) indices of the images to export.
        points: (N, k), map coordinates of all images.

    Returns:
        An NPZ file with number (M,), label (M,), map (M, k), code (M, D), image and reconstruction (M, C, H, W) uint8.
    """
    out = io.BytesIO()
    arrays = {
        "number": selected + 1, "label": encoded.labels[selected], "map": points[selected],
        "code": encoded.codes[selected], "image": encoded.images[selected], "reconstruction": reconstructions[selected],
    }  # fmt: skip
    np.savez_compressed(out, **{name: array.numpy() for name, array in arrays.items()})  # type: ignore[arg-type]
    return out.getvalue()
