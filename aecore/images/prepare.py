"""From any picture to what a model is given: the steps by which MNIST's own digits were made, each one switchable.

LeCun et al., 1998, section III.A: the digit's box is scaled into 20 x 20 pixels of a 28 x 28 field, keeping its
proportions, and its center of mass goes to the middle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecore.images.tiles import Pixels

Picture = NDArray[np.uint8]  # (H, W), or (H, W, 3)

WORKING_SIDE = 1000  # pixels; more would not be seen in any input, and cost time
BOX = 20 / 28  # the digit's box, as a share of the field
INK = 0.25  # of the brightest pixel: what is darker does not count as drawn
FAINT = 12  # gray levels; a picture with less contrast is blank


@dataclass(frozen=True)
class Step:
    """One step on the way, which can be left out."""

    name: str
    title: str
    what: str
    work: Callable[[Picture, tuple[int, int]], Picture]  # a picture, and the field's height and width


@dataclass(frozen=True)
class Prepared:
    """A picture on its way to a model."""

    stages: tuple[tuple[str, Picture], ...]  # the picture as it came, then after each step that was taken
    given: Pixels  # (H, W, C), what the model is given


def shrunk(picture: Picture, longest: int = WORKING_SIDE) -> Picture:
    """The picture with sides of at most `longest` pixels; never larger than it was."""
    factor = -(-max(picture.shape[:2]) // longest)
    return picture if factor <= 1 else np.asarray(Image.fromarray(picture).reduce(factor))


def prepare(picture: Picture, shape: tuple[int, ...], steps: Collection[str]) -> Prepared:
    """Make a model's input of a picture.

    Args:
        picture: (H, W) or (H, W, 3) uint8, of any size from 1 x 1.
        shape: channels (1 or 3), height, width of the input.
        steps: names of `STEPS`; their order does not matter. A model of gray pictures gets a gray one in any case, and
            what has not the field's size after the last step is scaled to fit.

    Returns:
        What the model is given, and the pictures in between, at most `WORKING_SIDE` large.
    """
    channels, *field = shape
    height, width = field
    now = shrunk(picture)
    stages = [("Original", now)]
    for step in STEPS:
        if step.name in steps:
            now = step.work(now, (height, width))
            stages.append((step.title, now))
    if now.shape[:2] != (height, width):
        now = _middle(_fitted(now, height, width), (height, width))
    if channels == 1:
        now = _gray(now, (height, width))
    return Prepared(tuple(stages), np.array(np.broadcast_to(with_channels(now), (height, width, channels))))


def with_channels(picture: Picture) -> Pixels:
    """A picture as (H, W, 1) or (H, W, 3)."""
    return picture[..., None] if picture.ndim == 2 else picture


def is_light(picture: Picture) -> bool:
    """Whether the background is the lighter of the two: dim paper is darker than a bright wall, and still paper."""
    low, high = np.percentile(_gray(picture, (0, 0)), (1, 99))
    # A picture of one color has no other to compare with.
    return bool(np.median(_border(picture)) > ((low + high) / 2 if high - low >= FAINT else 127))


def is_blank(picture: Picture) -> bool:
    """Whether there is nothing to see: one color all over, or nearly."""
    gray = _gray(picture, (0, 0))
    return int(gray.max()) - int(gray.min()) < FAINT


def _square(picture: Picture, field: tuple[int, int]) -> Picture:
    side = min(picture.shape[:2])
    top, left = ((size - side) // 2 for size in picture.shape[:2])
    return picture[top : top + side, left : left + side]


def _gray(picture: Picture, field: tuple[int, int]) -> Picture:
    return picture if picture.ndim == 2 else np.asarray(Image.fromarray(picture).convert("L"))  # ITU-R 601 luma


def _invert(picture: Picture, field: tuple[int, int]) -> Picture:
    return 255 - picture if is_light(picture) else picture


def _contrast(picture: Picture, field: tuple[int, int]) -> Picture:
    """The paper becomes black and the ink white; what is blank becomes black altogether."""
    if is_blank(picture):
        return np.zeros_like(picture)
    values = picture.astype(np.float32)
    # The noise of the paper is left below, and a few glaring pixels do not dim the ink.
    border = _border(picture).astype(np.float32)
    low, high = float(np.percentile(border, 90)), float(np.percentile(values, 99.8))
    low, high = (low, high) if high - low >= FAINT else (float(np.median(border)), float(values.max()))
    if high - low < FAINT:
        return picture
    return ((values - low) / (high - low) * 255).clip(0, 255).astype(np.uint8)


def _crop(picture: Picture, field: tuple[int, int]) -> Picture:
    ink = _gray(picture, field)
    drawn = ink > INK * ink.max()
    if not drawn.any():
        return picture
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scale(picture: Picture, field: tuple[int, int]) -> Picture:
    """Into the box; averaging dims thin strokes, so the brightest pixel gets back its brightness."""
    side = round(BOX * min(field))
    small = _fitted(picture, side, side)
    if not small.any():
        return small
    return (small.astype(np.float32) * (int(picture.max()) / int(small.max()))).clip(0, 255).astype(np.uint8)


def _center(picture: Picture, field: tuple[int, int]) -> Picture:
    """The center of mass in the middle of the field, as far as the picture stays inside."""
    picture = picture if picture.shape[0] <= field[0] and picture.shape[1] <= field[1] else _fitted(picture, *field)
    mass = _gray(picture, field).astype(np.float64)
    if not mass.any():
        return _middle(picture, field)
    at = [float((mass.sum(axis=1 - axis) @ (np.arange(mass.shape[axis]) + 0.5)) / mass.sum()) for axis in (0, 1)]
    return _placed(picture, field, [size / 2 - center for size, center in zip(field, at, strict=True)])


def _middle(picture: Picture, field: tuple[int, int]) -> Picture:
    return _placed(picture, field, [(size - own) / 2 for size, own in zip(field, picture.shape, strict=False)])


def _placed(picture: Picture, field: tuple[int, int], offsets: list[float]) -> Picture:
    """The picture on a black field, at offsets that are brought inside."""
    rows, columns = picture.shape[:2]
    top, left = (
        min(max(round(offset), 0), size - own)
        for offset, size, own in zip(offsets, field, (rows, columns), strict=True)
    )
    sheet = np.zeros((*field, *picture.shape[2:]), np.uint8)
    sheet[top : top + rows, left : left + columns] = picture
    return sheet


def _fitted(picture: Picture, height: int, width: int) -> Picture:
    """Scaled to fit into height x width, keeping proportions, each side at least one pixel."""
    rows, columns = picture.shape[:2]
    factor = min(height / rows, width / columns)
    size = max(1, round(columns * factor)), max(1, round(rows * factor))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))


def _border(picture: Picture) -> Picture:
    """The outermost pixels, as a row."""
    gray = _gray(picture, (0, 0))
    return np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])


#: In the order in which they are taken.
STEPS = (
    Step("square", "Square", "Keep the middle square.", _square),
    Step("gray", "Gray", "Colors become brightness.", _gray),
    Step("invert", "Inverted", "A light background becomes dark: the model knows white on black.", _invert),
    Step("contrast", "Contrast", "The paper becomes black, the ink white.", _contrast),
    Step("crop", "Cropped", "Only what is drawn stays.", _crop),
    Step("scale", "Scaled", "Into a box of 20 of 28 pixels, as MNIST's digits were.", _scale),
    Step("center", "Centered", "The center of mass goes to the middle.", _center),
)

#: How MNIST's digits were made.
AS_MNIST = ("gray", "invert", "contrast", "crop", "scale", "center")
