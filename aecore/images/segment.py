"""A photo of a page is cut into its digits, by scikit-image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import label, regionprops

from aecore.images.prepare import FAINT, Picture, is_light, shrunk

MOST_DIGITS = 60
_SMALL = 0.35  # of the usual height: what is lower is a speck, a dot or a part of something
_LONG = 8  # times as long as high: a ruled line, not a digit
_OVER_GRAIN = 12  # so many times the usual deviation from the paper is ink
_GAP = 0.35  # of the usual height: parts of one digit lie nearer than this above each other


@dataclass(frozen=True)
class Box:
    """Where a digit lies on a picture, in its pixels; bottom and right are the first ones outside."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    def of(self, picture: Picture, margin: float = 0.15) -> Picture:
        """That part of a picture, with a margin of this share of the box's longer side."""
        edge = round(margin * max(self.height, self.width))
        return picture[max(0, self.top - edge) : self.bottom + edge, max(0, self.left - edge) : self.right + edge]


def segment(picture: Picture) -> list[Box]:
    """The digits on a photo or scan of a page, in reading order; at most `MOST_DIGITS`.

    Args:
        picture: (H, W) or (H, W, 3) uint8, dark ink on light paper or the other way round, lit unevenly or not.

    Returns:
        A box for each; none where the page is blank, one where there is one digit.
    """
    small = shrunk(picture)
    factor = max(1, round(picture.shape[0] / small.shape[0]), round(picture.shape[1] / small.shape[1]))
    boxes = _merged(_candidates(_ink(small)))
    inside = [Box(b.top * factor, b.left * factor, b.bottom * factor, b.right * factor) for b in boxes]
    return _in_reading_order(inside)[:MOST_DIGITS]


def _ink(picture: Picture) -> NDArray[np.bool_]:
    """Where the page differs from its surroundings, (H, W): shadows change slowly, strokes do not."""
    gray = picture.astype(np.float32) if picture.ndim == 2 else picture.astype(np.float32).mean(axis=2)
    light = is_light(picture)
    around = _paper(gray, light)
    strokes = around - gray if light else gray - around
    strokes = ndimage.gaussian_filter(strokes, max(gray.shape) / 1000)  # the camera's grain
    grain = float(np.median(np.abs(strokes)))
    if strokes.max() < max(FAINT, _OVER_GRAIN * grain):
        return np.zeros(gray.shape, bool)
    level = max(float(threshold_otsu(strokes.clip(0))), FAINT / 2, _OVER_GRAIN / 2 * grain)
    joined = ndimage.binary_closing(np.pad(strokes > level, 4), iterations=2)[4:-4, 4:-4]
    return np.asarray(joined, bool)


def _paper(gray: NDArray[np.float32], light: bool) -> NDArray[np.float32]:
    """The page without its ink, found on a small copy: what is rather light, or dark, in wide surroundings.

    Not their median, for a large digit covers half of them.
    """
    step = max(1, max(gray.shape) // 120)
    coarse = gray[::step, ::step]
    smooth: NDArray[np.float32] = ndimage.percentile_filter(
        coarse, 80 if light else 20, max(3, max(coarse.shape) // 3), mode="nearest"
    )
    rows, columns = (
        np.minimum(np.arange(size) // step, n - 1) for size, n in zip(gray.shape, smooth.shape, strict=True)
    )
    return smooth[np.ix_(rows, columns)]


def _candidates(ink: NDArray[np.bool_]) -> list[Box]:
    """Connected strokes that may be a digit or a part of one."""
    boxes = [Box(*region.bbox) for region in regionprops(label(ink, connectivity=2))]
    least = max(6, round(0.012 * max(ink.shape)))
    return [
        b
        for b in boxes
        if max(b.height, b.width) >= least
        and b.width <= _LONG * b.height
        and b.height <= _LONG * b.width * 2
        and (b.height < 0.9 * ink.shape[0] or b.width < 0.9 * ink.shape[1])  # the frame of the page
    ]


def _merged(boxes: list[Box]) -> list[Box]:
    """Parts of one digit become one box, like the bar of a 5; what is far too small is left out."""
    if not boxes:
        return []
    usual = float(np.percentile([b.height for b in boxes], 75))
    merging = True
    while merging:
        merging = False
        for i, one in enumerate(boxes):
            partner = next((other for other in boxes[i + 1 :] if _belong(one, other, usual)), None)
            if partner:
                boxes = [b for b in boxes if b not in (one, partner)] + [_around(one, partner)]
                merging = True
                break
    return [b for b in boxes if b.height >= _SMALL * usual]


def _belong(one: Box, other: Box, usual: float) -> bool:
    shared = min(one.right, other.right) - max(one.left, other.left)
    gap = max(one.top, other.top) - min(one.bottom, other.bottom)  # negative where they overlap
    together = max(one.bottom, other.bottom) - min(one.top, other.top)
    return shared >= 0.5 * min(one.width, other.width) and gap <= _GAP * usual and together <= 1.5 * usual


def _around(one: Box, other: Box) -> Box:
    return Box(
        min(one.top, other.top), min(one.left, other.left), max(one.bottom, other.bottom), max(one.right, other.right)
    )


def _in_reading_order(boxes: list[Box]) -> list[Box]:
    """Line by line from the top, each from the left."""
    lines: list[list[Box]] = []
    for box in sorted(boxes, key=lambda b: b.top + b.bottom):
        line = next((li for li in reversed(lines) if any(_level(box, b) for b in li)), None)
        if line is None:
            lines.append([box])
        else:
            line.append(box)
    return [box for line in lines for box in sorted(line, key=lambda b: b.left)]


def _level(one: Box, other: Box) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > 0.3 * min(one.height, other.height)
