from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aecore.data import Data
from aecore.images import MNIST_STEPS, PREPARATION_STEPS, ImageArray, downscale, is_blank, prepare
from aecore.images.prepare import WORKING_SIDE, has_light_background

SHAPES = [(1, 28, 28), (3, 32, 32), (1, 64, 64), (1, 16, 24)]
NAMES = [step.name for step in PREPARATION_STEPS]


def paper(height: int, width: int, color: bool = False, ink: int = 40, light: int = 210) -> ImageArray:
    """A dark stroke on light paper, left of the middle."""
    page = np.full((height, width), light, np.uint8)
    page[height // 4 : height // 2, width // 8 : width // 8 + max(1, width // 10)] = ink
    return np.stack([page, page, page // 2 + 60], axis=2) if color else page


ODD = {
    "black": np.zeros((40, 30), np.uint8),
    "white": np.full((40, 30), 255, np.uint8),
    "one pixel": np.full((1, 1), 77, np.uint8),
    "a line": np.arange(10_000, dtype=np.uint32).reshape(1, -1).astype(np.uint8),
    "a column": np.arange(3_000, dtype=np.uint32).reshape(-1, 1).astype(np.uint8),
    "color": np.random.default_rng(0).integers(0, 256, (50, 90, 3), np.uint8),
    "paper": paper(300, 200),
    "colored paper": paper(200, 300, color=True),
    "one bright pixel": np.pad(np.full((1, 1), 255, np.uint8), 20),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("steps", [MNIST_STEPS, (), ("square",), *[(name,) for name in NAMES], tuple(NAMES)])
@pytest.mark.parametrize("name", ODD)
def test_every_picture_becomes_an_input(name: str, steps: tuple[str, ...], shape: tuple[int, int, int]) -> None:
    before = ODD[name].copy()
    prepared = prepare(ODD[name], shape, steps)
    channels, height, width = shape
    assert prepared.model_input.shape == (height, width, channels)
    assert prepared.model_input.dtype == np.uint8
    assert len(prepared.stages) == 1 + len(steps)
    assert max(max(picture.shape[:2]) for _, picture in prepared.stages) <= WORKING_SIDE
    assert np.array_equal(ODD[name], before), "the picture itself is not changed"


@given(
    st.integers(1, 60), st.integers(1, 60), st.booleans(), st.sets(st.sampled_from(NAMES)), st.sampled_from(SHAPES),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_any_picture_and_any_steps(
    height: int, width: int, color: bool, steps: set[str], shape: tuple[int, int, int], seed: int
) -> None:
    size = (height, width, 3) if color else (height, width)
    picture = np.random.default_rng(seed).integers(0, 256, size, np.uint8)
    assert prepare(picture, shape, steps).model_input.shape == (*shape[1:], shape[0])


@pytest.mark.parametrize("turned", [False, True])
def test_an_mnist_digit_on_paper_is_the_digit_again(digits: Data, turned: bool) -> None:
    for digit in digits.test.images[:20, 0].numpy():
        large = np.kron(np.pad(digit, 9), np.ones((7, 7), np.uint8)).astype(np.uint8)
        photo = large if turned else (220 - 0.7 * large).astype(np.uint8)
        given = prepare(photo, (1, 28, 28), MNIST_STEPS).model_input[..., 0]
        # Its strokes may be half a pixel off: the digit is cut and scaled anew.
        errors = [
            np.mean((np.roll(given, (y, x), (0, 1)).astype(float) - digit) ** 2) / 255**2
            for y in (-1, 0, 1) for x in (-1, 0, 1)
        ]  # fmt: skip
        assert min(errors) < 0.02


def test_steps_do_what_they_say() -> None:
    stages = dict(prepare(paper(280, 280), (1, 28, 28), MNIST_STEPS).stages)
    assert np.median(stages["Inverted"]) < 128
    assert (stages["Contrast"].min(), stages["Contrast"].max()) == (0, 255)
    assert stages["Cropped"].shape == (70, 28)
    assert stages["Scaled"].shape == (20, 8)
    rows, columns = np.nonzero(stages["Centered"])
    assert abs(rows.mean() + 0.5 - 14) <= 0.5
    assert abs(columns.mean() + 0.5 - 14) <= 0.5


def test_a_step_left_out_is_not_taken() -> None:
    page = paper(280, 280)
    every = prepare(page, (1, 28, 28), MNIST_STEPS).model_input
    for name in MNIST_STEPS:
        if name != "gray":  # a gray page stays gray
            assert not np.array_equal(
                prepare(page, (1, 28, 28), [n for n in MNIST_STEPS if n != name]).model_input, every
            ), name


@pytest.mark.parametrize("name", ["black", "white", "one pixel"])
def test_nothing_drawn_gives_a_black_input(name: str) -> None:
    assert is_blank(ODD[name])
    assert not prepare(ODD[name], (1, 28, 28), MNIST_STEPS).model_input.any()


def test_only_large_pictures_are_shrunk() -> None:
    assert downscale(ODD["paper"]).shape == (300, 200)
    assert downscale(np.zeros((4000, 3000, 3), np.uint8)).shape == (1000, 750, 3)
    assert downscale(np.zeros((1, 10_000), np.uint8)).shape == (1, 1000)


@pytest.mark.parametrize(
    ("ink", "light", "turned"), [(10, 60, True), (40, 210, True), (20, 112, True), (230, 150, False), (90, 30, False)]
)
def test_what_is_light_is_relative(ink: int, light: int, turned: bool) -> None:
    page = paper(280, 280, ink=ink, light=light)
    assert has_light_background(page) == turned
    given = prepare(page, (1, 28, 28), MNIST_STEPS).model_input[..., 0]
    assert given[0, 0] == 0, "the paper is black"
    assert given[14, 14] > 200, "the stroke is white"
