"""Shapes: images made of known factors, to measure which dimension of a code follows which factor."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from functools import cache
from typing import Literal

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from aecore.data.base import Data, Shape, Split
from aecore.data.labeled import LabeledDataset

_SIDE = 28  # pixels
_SCALE = 8  # drawn this many times larger, then averaged: smooth edges
_TEST_IMAGES = 800  # of each shape

_ARC = np.linspace(0, math.pi, 25)
_TURN = np.linspace(0, 2 * math.pi, 49)[:-1]
#: Outlines (P, 2) around the origin, of about unit radius; none looks the same after a rotation of less than 360°.
_OUTLINES = {
    "triangle": np.array([(0, -1), (0.6, 0.8), (-0.6, 0.8)]),
    "half disk": np.stack([0.95 * np.cos(_ARC), 0.45 - 0.95 * np.sin(_ARC)], axis=1),
    "heart": np.stack(
        [
            16 * np.sin(_TURN) ** 3,
            -(13 * np.cos(_TURN) - 5 * np.cos(2 * _TURN) - 2 * np.cos(3 * _TURN) - np.cos(4 * _TURN)),
        ],
        axis=1,
    )
    / 17,
}

#: The values of each factor, by its name: radius, x and y in pixels, angle in degrees.
FACTORS: Mapping[str, tuple[float, ...]] = {
    "shape": tuple(range(len(_OUTLINES))),
    "size": (4.0, 5.0, 6.0, 7.0),
    "angle": tuple(range(0, 360, 30)),
    "x": tuple(8.0 + 12 * i / 9 for i in range(10)),
    "y": tuple(8.0 + 12 * i / 9 for i in range(10)),
}


class Shapes(LabeledDataset):
    """14,400 images of one white shape: three shapes, four sizes, twelve angles and ten positions along each axis.

    Each combination occurs once, so the factors are independent, as in dSprites: Matthey, Higgins, Hassabis, Lerchner,
    dSprites: disentanglement testing sprites dataset, 2017. Unlike there, no shape has a rotational symmetry.
    """

    kind: Literal["shapes"] = "shapes"
    title = "Shapes"
    class_names = tuple(_OUTLINES)
    capacity = 12_000
    class_sizes = (4000,) * 3

    @property
    def input_shape(self) -> Shape:
        return (1, _SIDE, _SIDE)

    @property
    def preparation(self) -> tuple[str, ...]:
        return ("gray", "invert", "contrast")

    def load(self) -> Data:
        images, factors = _all_images()
        test, pool = _test_and_pool()
        return self._split(*(Split(images[chosen], factors[chosen, 0]) for chosen in (pool, test)))

    def test_factors(self) -> Tensor:
        """Return the factors of the test images (N, 5): of each factor in `FACTORS`, the index of its value."""
        return _all_images()[1][_test_and_pool()[0]]


def draw_shape(factors: Mapping[str, float]) -> Tensor:
    """Draw one image (1, 28, 28) uint8.

    Args:
        factors: the values of all factors; `shape` is the index of the shape, the others need not be in `FACTORS`.
    """
    angle = math.radians(factors["angle"])
    rotation = np.array([(math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))])
    outline = list(_OUTLINES.values())[int(factors["shape"])] @ rotation * factors["size"]
    image = Image.new("L", (_SIDE * _SCALE, _SIDE * _SCALE))
    center = np.array([factors["x"], factors["y"]])
    corners = ((outline + center) * _SCALE).flatten().tolist()
    ImageDraw.Draw(image).polygon(corners, fill=255)
    return torch.from_numpy(np.asarray(image.reduce(_SCALE)).copy())[None]


@cache
def _all_images() -> tuple[Tensor, Tensor]:
    """All images (N, 1, 28, 28) and the indices of their factors' values (N, 5)."""
    factors = list(itertools.product(*(range(len(values)) for values in FACTORS.values())))
    images = [
        draw_shape({name: values[i] for (name, values), i in zip(FACTORS.items(), row, strict=True)}) for row in factors
    ]
    return torch.stack(images), torch.tensor(factors)


@cache
def _test_and_pool() -> tuple[Tensor, Tensor]:
    """The indices of the test images and of the others, with as many of each shape."""
    each = len(_all_images()[1]) // len(_OUTLINES)
    generator = torch.Generator().manual_seed(0)
    orders = torch.stack([torch.randperm(each, generator=generator) + i * each for i in range(len(_OUTLINES))])
    test, pool = orders[:, :_TEST_IMAGES].flatten(), orders[:, _TEST_IMAGES:].flatten()
    return test[torch.randperm(len(test), generator=generator)], pool
