"""Segmentation of a photo of a page into its digits."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_multiotsu, threshold_otsu
from skimage.measure import label, regionprops

from aecore.images.prepare import MIN_CONTRAST, ImageArray, border_pixels, downscale, has_light_background

Mask = NDArray[np.bool_]

MAX_DIGITS = 60
_MIN_HEIGHT = 0.35  # relative to the typical height; lower boxes are specks or parts of digits
_MAX_ASPECT_RATIO = 8  # longer boxes are ruled lines
_INK_TO_NOISE = 12  # ink differs from the paper by this multiple of the median deviation
_SMOOTHING = 600  # the standard deviation of the noise filter is the longer side divided by this
_MAX_STROKE = 0.25  # width of a stroke, relative to the longer side
_MIN_PEN, _MAX_PEN = 0.35, 4  # width of a stroke, relative to the typical one
_FINE = 0.02  # width of the strokes of a small handwriting, relative to the longer side
_MIN_SHEET = 0.15  # area of a sheet of paper, relative to the image
_MIN_PAPER = 0.7  # of a sheet, without the ink
_MAX_GAP = 0.35  # relative to the typical height; maximum vertical gap between the parts of a digit


@dataclass(frozen=True)
class Box:
    """Bounding box of a digit, in pixels; `bottom` and `right` are exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.right - self.left

    def crop(self, image: ImageArray, margin: float = 0.15) -> ImageArray:
        """Crop an image to the box, plus a margin relative to the longer side of the box."""
        edge = round(margin * max(self.height, self.width))
        return image[max(0, self.top - edge) : self.bottom + edge, max(0, self.left - edge) : self.right + edge]


def segment(image: ImageArray) -> list[Box]:
    """Find the digits on a photo or scan of a page.

    Args:
        image: (H, W) or (H, W, 3) uint8, dark on light or light on dark; the lighting may be uneven.

    Returns:
        The bounding boxes in reading order, at most `MAX_DIGITS`; none for a blank page.
    """
    small = downscale(image)
    factor = max(1, round(image.shape[0] / small.shape[0]), round(image.shape[1] / small.shape[1]))
    ink = _ink(small)
    candidates = _candidates(ink)
    widths = _widths(ink, candidates)
    thinnest = _MIN_PEN * np.median(widths) if candidates else 0
    written = [box for box, width in zip(candidates, widths, strict=True) if width > thinnest]
    boxes = _merge_parts(written)
    scaled = [Box(b.top * factor, b.left * factor, b.bottom * factor, b.right * factor) for b in boxes]
    return _in_reading_order(scaled)[:MAX_DIGITS]


def _ink(image: ImageArray) -> Mask:
    """Return the mask (H, W) of the strokes: pixels that differ from the local brightness of the paper."""
    gray = image.astype(np.float32) if image.ndim == 2 else image.astype(np.float32).mean(axis=2)
    gray = ndimage.gaussian_filter(gray, max(gray.shape) / _SMOOTHING)  # reduce the camera noise
    paper = np.ones(gray.shape, bool)
    if not has_light_background(image):
        sheet = _sheet(gray)
        gray, paper = (255 - gray, paper) if sheet is None else (gray, sheet)
    ink = _strokes(gray, paper, _max_stroke(gray))
    if not (boxes := _candidates(ink)):
        return ink
    # Narrow parts of a shadow are strokes too, unless no wider ones are looked for than the pen makes.
    pen = float(np.median(_widths(ink, boxes)))
    return _strokes(gray, paper, min(_max_stroke(gray), round(_MAX_PEN * pen)))


def _strokes(gray: NDArray[np.float32], paper: Mask, width: int) -> Mask:
    """Return the mask (H, W) of the dark strokes on the paper that are narrower than a width."""
    strokes = _closed(gray, width) - gray
    strokes -= np.median(strokes[paper])  # what remains of the noise
    noise = float(np.median(np.abs(strokes[paper])))
    strokes[~paper] = 0
    if strokes.max() < max(MIN_CONTRAST, _INK_TO_NOISE * noise):
        return np.zeros(gray.shape, bool)
    level = max(float(threshold_otsu(strokes[paper].clip(0))), MIN_CONTRAST / 2, _INK_TO_NOISE / 2 * noise)
    closed = ndimage.binary_closing(np.pad(strokes > level, 4), iterations=2)[4:-4, 4:-4]
    return np.asarray(closed, bool)


def _widths(ink: Mask, boxes: list[Box]) -> NDArray[np.float64]:
    """Return the width of the strokes in each box in pixels, at their widest point."""
    depth = ndimage.distance_transform_edt(np.pad(ink, 1))[1:-1, 1:-1]
    return np.array([2 * depth[b.top : b.bottom, b.left : b.right].max() for b in boxes])


def _sheet(gray: NDArray[np.float32]) -> Mask | None:
    """Return the mask (H, W) of a sheet of light paper on a dark ground, perhaps partly in a shadow, if there is one.

    It is wider than a stroke and light almost everywhere, and what is written on it is dark.
    """
    if np.ptp(gray) < MIN_CONTRAST:
        return None
    side = _max_stroke(gray)
    closed, fine = _closed(gray, side), max(3, round(_FINE * max(gray.shape)))
    darker, lighter = _closed(gray, fine) - gray, _closed(255 - gray, fine) - (255 - gray)
    levels = [threshold_otsu(gray)]
    with suppress(ValueError):  # an image of two values has no third class
        levels += threshold_multiotsu(gray).tolist()
    for level in sorted(levels):  # the lowest keeps what is in a shadow
        light = (closed > level).astype(np.uint8)
        sheet = ndimage.grey_opening(light, (side, side)).astype(bool)
        inside: Mask = ndimage.binary_erosion(sheet, iterations=fine)
        if (
            sheet.mean() > _MIN_SHEET
            and border_pixels(sheet).mean() < 0.5  # else the ground is taken for a part of it
            and (gray[sheet] > level).mean() > _MIN_PAPER
            and darker[inside].sum() > lighter[inside].sum()
        ):
            return inside
    return None


def _max_stroke(gray: NDArray[np.float32]) -> int:
    longer: int = max(gray.shape)
    return max(1, round(_MAX_STROKE * longer))


def _closed(gray: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Return the image (H, W) without the dark shapes that are narrower than a side: morphological closing.

    Wider ones remain, with their edges: the ground beside the sheet, a shadow. The ground continues around the image,
    so that narrow pieces of it remain too.
    """
    padded = np.pad(gray, side, constant_values=gray.min())
    closed: NDArray[np.float32] = ndimage.grey_closing(padded, (side, side))[side:-side, side:-side]
    return closed


def _candidates(ink: Mask) -> list[Box]:
    """Return the bounding boxes of connected strokes whose size fits a digit or a part of one."""
    boxes = [Box(*region.bbox) for region in regionprops(label(ink, connectivity=2))]
    min_side = max(6, round(0.012 * max(ink.shape)))
    return [
        b
        for b in boxes
        if max(b.height, b.width) >= min_side
        and b.width <= _MAX_ASPECT_RATIO * b.height
        and b.height <= _MAX_ASPECT_RATIO * b.width * 2
        and (b.height < 0.9 * ink.shape[0] or b.width < 0.9 * ink.shape[1])  # the frame of the page
    ]


def _merge_parts(boxes: list[Box]) -> list[Box]:
    """Merge the parts of a digit, such as the bar of a 5, into one box; drop boxes that are too small."""
    if not boxes:
        return []
    typical_height = float(np.percentile([b.height for b in boxes], 75))
    merging = True
    while merging:
        merging = False
        for i, one in enumerate(boxes):
            partner = next((other for other in boxes[i + 1 :] if _is_same_digit(one, other, typical_height)), None)
            if partner:
                boxes = [b for b in boxes if b not in (one, partner)] + [_union(one, partner)]
                merging = True
                break
    return [b for b in boxes if b.height >= _MIN_HEIGHT * typical_height]


def _is_same_digit(one: Box, other: Box, typical_height: float) -> bool:
    overlap = min(one.right, other.right) - max(one.left, other.left)
    gap = max(one.top, other.top) - min(one.bottom, other.bottom)  # negative where they overlap
    total_height = max(one.bottom, other.bottom) - min(one.top, other.top)
    return (
        overlap >= 0.5 * min(one.width, other.width)
        and gap <= _MAX_GAP * typical_height
        and total_height <= 1.5 * typical_height
    )


def _union(one: Box, other: Box) -> Box:
    return Box(
        min(one.top, other.top), min(one.left, other.left), max(one.bottom, other.bottom), max(one.right, other.right)
    )


def _in_reading_order(boxes: list[Box]) -> list[Box]:
    """Sort boxes line by line from the top, and within a line from the left."""
    lines: list[list[Box]] = []
    for box in sorted(boxes, key=lambda b: b.top + b.bottom):
        line = next((li for li in reversed(lines) if any(_is_same_line(box, b) for b in li)), None)
        if line is None:
            lines.append([box])
        else:
            line.append(box)
    return [box for line in lines for box in sorted(line, key=lambda b: b.left)]


def _is_same_line(one: Box, other: Box) -> bool:
    overlap = min(one.bottom, other.bottom) - max(one.top, other.top)
    return overlap > 0.3 * min(one.height, other.height)
