"""Preparation: from any image to a model input, by the steps that produced the MNIST digits. Each step is optional.

LeCun et al., 1998, section III.A: the digit is scaled to fit a 20 x 20 box with its aspect ratio preserved, and placed
in a 28 x 28 image with its center of mass at the center.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecore.images.tiles import Pixels

ImageArray = NDArray[np.uint8]  # (H, W), or (H, W, 3)
Size = tuple[int, int]  # height and width

MAX_WORKING_SIDE = 1000  # pixels; larger images would only cost time
DIGIT_BOX = 20 / 28  # side of the box around the digit, relative to the input's side
INK_THRESHOLD = 0.25  # relative to the brightest pixel: darker pixels do not belong to the drawing
MIN_CONTRAST = 12  # gray levels; an image with less is blank


@dataclass(frozen=True)
class Step:
    """One optional step of the preparation."""

    name: str
    title: str
    description: str
    apply: Callable[[ImageArray, Size], ImageArray]  # (image, size of the model input) -> image


@dataclass(frozen=True)
class PreparedImage:
    """A model input and the images it was computed from."""

    stages: tuple[tuple[str, ImageArray], ...]  # title and image: the original, then the result of each applied step
    model_input: Pixels  # (H, W, C)


def downscale(image: ImageArray, max_side: int = MAX_WORKING_SIDE) -> ImageArray:
    """Reduce an image to sides of at most `max_side` pixels; never enlarge it."""
    factor = -(-max(image.shape[:2]) // max_side)
    return image if factor <= 1 else np.asarray(Image.fromarray(image).reduce(factor))


def prepare(image: ImageArray, shape: tuple[int, ...], steps: Collection[str]) -> PreparedImage:
    """Convert an image to a model input.

    Args:
        image: (H, W) or (H, W, 3) uint8, of any size from 1 x 1.
        shape: channels (1 or 3), height and width of the input.
        steps: names of `PREPARATION_STEPS`, in any order. Whatever the steps, the result is scaled to fit the size and
            converted to gray for a model with one channel; black borders fill up what is not square.

    Returns:
        The model input, and the intermediate images with sides of at most `MAX_WORKING_SIDE` pixels.
    """
    channels, height, width = shape
    size = (height, width)
    image = downscale(image)
    stages = [("Original", image)]
    for step in PREPARATION_STEPS:
        if step.name in steps:
            image = step.apply(image, size)
            stages.append((step.title, image))
    if image.shape[:2] != size:
        image = _pad_centered(_fit(image, size), size)
    if channels == 1:
        image = _to_gray(image, size)
    return PreparedImage(tuple(stages), np.array(np.broadcast_to(with_channel_axis(image), (height, width, channels))))


def with_channel_axis(image: ImageArray) -> Pixels:
    """Return an image (H, W) or (H, W, 3) as (H, W, 1) or (H, W, 3)."""
    return image[..., None] if image.ndim == 2 else image


def has_light_background(image: ImageArray) -> bool:
    """Return whether the background is lighter than the foreground, whatever its absolute brightness."""
    low, high = np.percentile(_to_gray(image), (1, 99))
    # An image of one color has no foreground to compare with.
    return bool(np.median(border_pixels(image)) > ((low + high) / 2 if high - low >= MIN_CONTRAST else 127))


def is_blank(image: ImageArray) -> bool:
    """Return whether the image has (almost) only one color."""
    gray = _to_gray(image)
    return int(gray.max()) - int(gray.min()) < MIN_CONTRAST


def _crop_square(image: ImageArray, size: Size) -> ImageArray:
    side = min(image.shape[:2])
    top, left = ((length - side) // 2 for length in image.shape[:2])
    return image[top : top + side, left : left + side]


def _to_gray(image: ImageArray, size: Size = (0, 0)) -> ImageArray:
    return image if image.ndim == 2 else np.asarray(Image.fromarray(image).convert("L"))  # ITU-R BT.601 luma


def _invert_light(image: ImageArray, size: Size) -> ImageArray:
    return 255 - image if has_light_background(image) else image


def _stretch_contrast(image: ImageArray, size: Size) -> ImageArray:
    """Map the background to black and the foreground to white; a blank image becomes black."""
    if is_blank(image):
        return np.zeros_like(image)
    values = image.astype(np.float32)
    # Percentiles, so that paper noise maps to black and a few very bright pixels do not dim the ink.
    border = border_pixels(image).astype(np.float32)
    low, high = float(np.percentile(border, 90)), float(np.percentile(values, 99.8))
    low, high = (low, high) if high - low >= MIN_CONTRAST else (float(np.median(border)), float(values.max()))
    if high - low < MIN_CONTRAST:
        return image
    return ((values - low) / (high - low) * 255).clip(0, 255).astype(np.uint8)


def _crop_to_ink(image: ImageArray, size: Size) -> ImageArray:
    gray = _to_gray(image)
    ink = gray > INK_THRESHOLD * gray.max()
    if not ink.any():
        return image
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scale_to_box(image: ImageArray, size: Size) -> ImageArray:
    """Scale to the digit box; averaging dims thin strokes, so the maximum brightness is restored."""
    side = round(DIGIT_BOX * min(size))
    scaled = _fit(image, (side, side))
    if not scaled.any():
        return scaled
    return (scaled.astype(np.float32) * (int(image.max()) / int(scaled.max()))).clip(0, 255).astype(np.uint8)


def _center_mass(image: ImageArray, size: Size) -> ImageArray:
    """Move the center of mass to the center, as far as the image stays inside."""
    image = image if image.shape[0] <= size[0] and image.shape[1] <= size[1] else _fit(image, size)
    mass = _to_gray(image).astype(np.float64)
    if not mass.any():
        return _pad_centered(image, size)
    center = [float((mass.sum(axis=1 - axis) @ (np.arange(mass.shape[axis]) + 0.5)) / mass.sum()) for axis in (0, 1)]
    return _pad(image, size, [length / 2 - position for length, position in zip(size, center, strict=True)])


def _pad_centered(image: ImageArray, size: Size) -> ImageArray:
    return _pad(image, size, [(length - side) / 2 for length, side in zip(size, image.shape, strict=False)])


def _pad(image: ImageArray, size: Size, offsets: list[float]) -> ImageArray:
    """Place the image on a black one of the given size, at (top, left) offsets that are clipped to keep it inside."""
    rows, columns = image.shape[:2]
    top, left = (
        min(max(round(offset), 0), length - side)
        for offset, length, side in zip(offsets, size, (rows, columns), strict=True)
    )
    padded = np.zeros((*size, *image.shape[2:]), np.uint8)
    padded[top : top + rows, left : left + columns] = image
    return padded


def _fit(image: ImageArray, size: Size) -> ImageArray:
    """Scale to fit the size with the aspect ratio preserved; each side keeps at least one pixel."""
    rows, columns = image.shape[:2]
    factor = min(size[0] / rows, size[1] / columns)
    width, height = max(1, round(columns * factor)), max(1, round(rows * factor))
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def border_pixels(image: ImageArray) -> ImageArray:
    """Return the gray values of the outermost pixels, (N,)."""
    gray = _to_gray(image)
    return np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])


#: In the order of application.
PREPARATION_STEPS = (
    Step("square", "Square", "Crop to the central square, instead of adding black borders.", _crop_square),
    Step("gray", "Gray", "Convert colors to brightness.", _to_gray),
    Step("invert", "Inverted", "Invert a light background: the model expects white on black.", _invert_light),
    Step("contrast", "Contrast", "Make the background black and the ink white.", _stretch_contrast),
    Step("crop", "Cropped", "Crop to the drawing.", _crop_to_ink),
    Step("scale", "Scaled", "Scale to the box of the MNIST digits, 20 of 28 pixels.", _scale_to_box),
    Step("center", "Centered", "Move the center of mass to the center.", _center_mass),
)

#: The steps for images that are not digits, by what happens to those that are not square.
SQUARE_STEPS: Mapping[str, tuple[str, ...]] = {"crop": ("square",), "fit": ()}

#: The steps that produced the MNIST digits.
MNIST_STEPS = ("gray", "invert", "contrast", "crop", "scale", "center")

#: The steps that fill the model input with a single object on a plain background, white on black.
OBJECT_STEPS = ("gray", "invert", "contrast", "crop")
