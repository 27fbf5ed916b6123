from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from aecore.data import Data
from aecore.images import MNIST_STEPS, ImageArray, prepare
from aecore.images.segment import MAX_DIGITS, Box, segment


def page(
    data: Data, rows: int, columns: int, seed: int, *, size: int = 220, light: bool = True, lined: bool = False,
    noise: float = 4, color: bool = True,
) -> tuple[ImageArray, list[ImageArray]]:  # fmt: skip
    """A photo of a page with handwritten digits, unevenly lit, and the digits in reading order."""
    rng = np.random.default_rng(seed)
    # Some MNIST digits have specks next to them.
    connected = [d for d in data.test.images[:, 0].numpy() if ndimage.label(d > 40, np.ones((3, 3)))[1] == 1]
    ink, written = np.zeros((rows * size, columns * size), np.float32), []
    for row in range(rows):
        for column in range(columns):
            digit = connected[int(rng.integers(len(connected)))]
            side = int(rng.integers(size // 3, size // 2))
            large = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC), np.float32) / 255
            turned = ndimage.rotate(large, rng.uniform(-10, 10), reshape=False, order=1)
            top, left = (int(at * size + rng.uniform(0.1, 0.3) * size) for at in (row, column))
            ink[top : top + side, left : left + side] = np.maximum(ink[top : top + side, left : left + side], turned)
            written.append(digit)
    height, width = ink.shape
    down, across = np.mgrid[:height, :width]
    sheet = 225 - 70 * (across / width) * np.sqrt(down / height) - 135 * ink.clip(0, 1)
    if lined:
        sheet[40 :: size // 3] -= 30
    sheet = sheet + rng.normal(0, noise, sheet.shape)
    gray = (sheet if light else 255 - sheet).clip(0, 255)
    return (np.stack([gray, gray * 0.97, gray * 0.9], axis=2) if color else gray).astype(np.uint8), written


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("rows", "columns", "appearance"),
    [
        (4, 5, {}),
        (3, 4, {"light": False}),
        (4, 4, {"lined": True}),
        (3, 5, {"noise": 14}),
        (3, 3, {"color": False}),
        (2, 3, {"size": 600}),
        (1, 2, {}),
        (1, 1, {}),
    ],
)
def test_finds_every_digit_in_reading_order(
    digits: Data, rows: int, columns: int, appearance: dict[str, object], seed: int
) -> None:
    photo, written = page(digits, rows, columns, seed, **appearance)  # type: ignore[arg-type]
    boxes = segment(photo)
    assert len(boxes) == len(written)
    for box, digit in zip(boxes, written, strict=True):
        prepared = prepare(box.crop(photo), (1, 28, 28), MNIST_STEPS).model_input[..., 0].astype(float)
        similarity = np.corrcoef(
            ndimage.gaussian_filter(prepared, 1).ravel(), ndimage.gaussian_filter(digit * 1.0, 1).ravel()
        )
        assert similarity[0, 1] > 0.6, "the same digit, slightly rotated"


def sheet_on_a_table(
    data: Data,
    tilt: float,
    shadow: str,
    seed: int,
    *,
    ink: float = 120,
    noise: float = 3,
    grain: float = 0,
    wide: int = 0,
) -> tuple[ImageArray, list[tuple[float, float]]]:
    """A photo of a tilted sheet on a dark table, partly in a shadow, and the centers of its six digits."""
    rng = np.random.default_rng(seed)
    digits = data.test.images[data.test.labels != 1, 0].numpy()
    height, width, side = 560 + wide, 720 + wide, 140
    ink_mask, sheet = np.zeros((2, height, width), np.float32)
    sheet[50 + wide // 2 : 510 + wide // 2, 70 + wide // 2 : 650 + wide // 2] = 1
    corners = [(top + wide // 2, left + wide // 2) for top in (100, 310) for left in (110, 290, 470)]
    for top, left in corners:
        digit = Image.fromarray(digits[int(rng.integers(len(digits)))]).resize((side, side), Image.Resampling.BICUBIC)
        ink_mask[top : top + side, left : left + side] = np.asarray(digit, np.float32) / 255
    ink_mask, sheet = (ndimage.rotate(mask, tilt, reshape=False, order=1) for mask in (ink_mask, sheet))
    down, across = np.mgrid[:height, :width]
    distance = 0.8 * across + 0.6 * down - 560  # from the edge of the shadow
    from_hand = np.hypot((across - 540) / 150, (down - 450) / 180)
    light = {
        "none": 1,
        "soft": 1 - 0.4 / (1 + np.exp(-distance / 20)),
        "hard": 1 - 0.45 * (distance > 0),
        "half": 1 - 0.5 * (distance > -100),
        "hand": 1 - 0.45 * (from_hand < 1),
    }[shadow]
    table = 45 + grain * np.sin(down / 7 + 2 * np.sin(across / 90))
    photo = (sheet * (225 - ink * ink_mask) + (1 - sheet) * table) * light
    gray = (ndimage.gaussian_filter(photo, 1) + rng.normal(0, noise, photo.shape)).clip(0, 255)
    turn, middle = np.deg2rad(tilt), np.array([(height - 1) / 2, (width - 1) / 2])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    centers = [tuple(rotation @ (np.array(corner) + side / 2 - middle) + middle) for corner in corners]
    return np.stack([gray, gray * 0.97, gray * 0.9], axis=2).astype(np.uint8), centers


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("tilt", "shadow", "appearance"),
    [
        (3, "none", {}),
        (3, "soft", {}),
        (3, "hard", {}),
        (-6, "hard", {}),
        (12, "soft", {}),
        (0, "soft", {"grain": 12}),
        (3, "soft", {"ink": 80, "noise": 6}),
        (3, "half", {"grain": 12}),
        (-8, "hand", {"grain": 12}),
        (8, "none", {"ink": 70, "grain": 20}),
        (3, "none", {"ink": 190, "grain": 12, "wide": 260}),
    ],
)
def test_finds_the_digits_of_a_sheet_on_a_dark_table(
    digits: Data, tilt: float, shadow: str, appearance: dict[str, float], seed: int
) -> None:
    photo, centers = sheet_on_a_table(digits, tilt, shadow, seed, **appearance)
    boxes = segment(photo)
    assert len(boxes) == len(centers), "neither an edge of the sheet nor one of the shadow is a digit"
    for y, x in centers:
        assert sum(b.top <= y < b.bottom and b.left <= x < b.right for b in boxes) == 1


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((100, 100), np.uint8),
        np.full((100, 80, 3), 255, np.uint8),
        np.full((1, 1), 9, np.uint8),
        np.zeros((1, 10_000), np.uint8),
        np.random.default_rng(0).normal(200, 3, (300, 300)).clip(0, 255).astype(np.uint8),
    ],
    ids=["black", "white", "one pixel", "one row", "empty paper"],
)
def test_finds_no_digits_on_an_empty_page(image: ImageArray) -> None:
    assert segment(image) == []


@pytest.mark.parametrize("values", [2, 3, 4, 256])
def test_any_image_is_read(values: int) -> None:
    generator = np.random.default_rng(values)
    levels = np.linspace(0, 255, values).astype(np.uint8)
    for height, width in [(1, 1), (1, 40), (40, 1), (2, 3), (28, 28), (60, 9)]:
        noise = levels[generator.integers(0, values, (height, width))]
        for image in (
            noise,
            levels[generator.integers(0, 2, (height, width))],
            np.triu(noise),
            np.stack([noise] * 3, 2),
        ):
            assert all(0 <= b.top < b.bottom <= height and 0 <= b.left < b.right <= width for b in segment(image))


def test_limits_the_number_of_boxes() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (600, 600, 3), np.uint8)
    boxes = segment(noise)
    assert len(boxes) <= MAX_DIGITS
    assert all(0 <= b.top < b.bottom <= 600 and 0 <= b.left < b.right <= 600 for b in boxes)


def test_merges_the_parts_of_a_five() -> None:
    sheet = np.full((120, 200), 230, np.uint8)
    sheet[20:26, 30:60] = 20  # its bar, apart from the rest
    sheet[36:90, 30:36] = sheet[84:90, 30:60] = sheet[36:42, 30:60] = 20
    sheet[20:90, 120:126] = 20  # a one
    assert len(segment(sheet)) == 2


def test_margin_stays_inside_the_image() -> None:
    assert Box(0, 0, 10, 4).crop(np.zeros((10, 6), np.uint8), margin=1).shape == (10, 6)


@pytest.mark.parametrize("light", [False, True])
def test_a_digit_that_fills_the_image_is_one_digit(digits: Data, light: bool) -> None:
    several = 0
    for digit in digits.test.images[:30, 0].numpy():
        large = np.kron(digit, np.ones((5, 5), np.uint8))
        several += len(segment(255 - large if light else large)) > 1
    assert several <= 1, "some MNIST digits have two parts"
