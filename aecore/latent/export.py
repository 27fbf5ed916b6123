"""Some of the pictures of a map, to take home: with their classes, codes and places, as CSV or NPZ."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aecore.latent.codes import EncodedSet


def class_counts(labels: Tensor, classes: int) -> list[int]:
    """How many of the labels (N,) are of each class."""
    return torch.bincount(labels, minlength=classes).tolist()[:classes]


def mean_picture(images: Tensor) -> Tensor:
    """The mean of pictures (N, C, H, W) uint8, rounded: (1, C, H, W) uint8."""
    return images.float().mean(dim=0, keepdim=True).round().to(torch.uint8)


def to_csv(encoded: EncodedSet, chosen: Tensor, points: Tensor, names: Sequence[str]) -> bytes:
    """A row for each of the `chosen` (M,): its number (from 1), class, place on the map (N, k) and code.

    `names` are those of the classes; without them the column is empty.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    axes, size = points.shape[1], encoded.codes.shape[1]
    writer.writerow(
        ["number", "class", *(f"map_{i + 1}" for i in range(axes)), *(f"z{i + 1}" for i in range(size))]
    )  # fmt: skip
    for i in chosen.tolist():
        name = names[int(encoded.labels[i])] if names else ""
        numbers = [f"{value:.6g}" for value in [*points[i].tolist(), *encoded.codes[i].tolist()]]
        writer.writerow([i + 1, name, *numbers])
    return out.getvalue().encode()


def to_npz(encoded: EncodedSet, answers: Tensor, chosen: Tensor, points: Tensor) -> bytes:
    """The same as arrays: number, label, map (M, k), code (M, D), image and reconstruction (M, C, H, W) uint8.

    `answers` (N, C, H, W) are the reconstructions of all.
    """
    out = io.BytesIO()
    arrays = {
        "number": chosen + 1, "label": encoded.labels[chosen], "map": points[chosen], "code": encoded.codes[chosen],
        "image": encoded.images[chosen], "reconstruction": answers[chosen],
    }  # fmt: skip
    np.savez_compressed(out, **{name: array.numpy() for name, array in arrays.items()})  # type: ignore[arg-type]
    return out.getvalue()
