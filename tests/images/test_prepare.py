from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aecore.data import Data
from aecore.images import MNIST_STEPS, PREPARATION_STEPS, ImageArray, downscale, is_blank, prepare
from aecore.images.prepare import MAX_WORKING_SIDE, has_light_background

SHAPES = [(1, 28, 28), (3, 32, 32), (1, 64, 64), (1, 16, 24)]
STEP_NAMES = [step.name for step in PREPARATION_STEPS]


def paper(height: int, width: int, color: bool = False, ink: int = 40, light: int = 210) -> ImageArray:
    """A dark stroke on light paper, left of the middle."""
    page = np.full((height, width), light, np.uint8)
    page[height // 4 : height // 2, width // 8 : width // 8 + max(1, width // 10)] = ink
    return np.stack([page, page, page // 2 + 60], axis=2) if color else page


EDGE_CASES = {
    "black": np.zeros((40, 30), np.uint8),
    "white": np.full((40, 30), 255, np.uint8),
    "one pixel": np.full((1, 1), 77, np.uint8),
    "one row": np.arange(10_000, dtype=np.uint32).reshape(1, -1).astype(np.uint8),
    "one column": np.arange(3_000, dtype=np.uint32).reshape(-1, 1).astype(np.uint8),
    "color": np.random.default_rng(0).integers(0, 256, (50, 90, 3), np.uint8),
    "paper": paper(300, 200),
    "colored paper": paper(200, 300, color=True),
    "one bright pixel": np.pad(np.full((1, 1), 255, np.uint8), 20),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("steps", [MNIST_STEPS, (), ("square",), *[(name,) for name in STEP_NAMES], tuple(STEP_NAMES)])
@pytest.mark.parametrize("name", EDGE_CASES)
def test_prepares_every_image_in_every_shape(name: str, steps: tuple[str, ...], shape: tuple[int, int, int]) -> None:
    before = EDGE_CASES[name].copy()
    prepared = prepare(EDGE_CASES[name], shape, steps)
    channels, height, width = shape
    assert prepared.model_input.shape == (height, width, channels)
    assert prepared.model_input.dtype == np.uint8
    assert len(prepared.stages) == 1 + len(steps)
    assert max(max(image.shape[:2]) for _, image in prepared.stages) <= MAX_WORKING_SIDE
    assert np.array_equal(EDGE_CASES[name], before), "the image itself is unchanged"


@given(
    st.integers(1, 60), st.integers(1, 60), st.booleans(), st.sets(st.sampled_from(STEP_NAMES)),
    st.sampled_from(SHAPES), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_prepares_random_images_with_random_steps(
    height: int, width: int, color: bool, steps: set[str], shape: tuple[int, int, int], seed: int
) -> None:
    size = (height, width, 3) if color else (height, width)
    image = np.random.default_rng(seed).integers(0, 256, size, np.uint8)
    assert prepare(image, shape, steps).model_input.shape == (*shape[1:], shape[0])


@pytest.mark.parametrize("inverted", [False, True])
def test_recovers_an_mnist_digit_from_paper(digits: Data, inverted: bool) -> None:
    for digit in digits.test.images[:20, 0].numpy():
        large = np.kron(np.pad(digit, 9), np.ones((7, 7), np.uint8)).astype(np.uint8)
        photo = large if inverted else (220 - 0.7 * large).astype(np.uint8)
        prepared = prepare(photo, (1, 28, 28), MNIST_STEPS).model_input[..., 0]
        # Cropping and scaling may shift the strokes by half a pixel.
        errors = [
            np.mean((np.roll(prepared, (y, x), (0, 1)).astype(float) - digit) ** 2) / 255**2
            for y in (-1, 0, 1) for x in (-1, 0, 1)
        ]  # fmt: skip
        assert min(errors) < 0.02


def test_each_step_has_its_effect() -> None:
    stages = dict(prepare(paper(280, 280), (1, 28, 28), MNIST_STEPS).stages)
    assert np.median(stages["Inverted"]) < 128
    assert (stages["Contrast"].min(), stages["Contrast"].max()) == (0, 255)
    assert stages["Cropped"].shape == (70, 28)
    assert stages["Scaled"].shape == (20, 8)
    rows, columns = np.nonzero(stages["Centered"])
    assert abs(rows.mean() + 0.5 - 14) <= 0.5
    assert abs(columns.mean() + 0.5 - 14) <= 0.5


def test_omitted_steps_are_not_applied() -> None:
    page = paper(280, 280)
    all_steps = prepare(page, (1, 28, 28), MNIST_STEPS).model_input
    for name in MNIST_STEPS:
        if name != "gray":  # a gray page stays gray
            assert not np.array_equal(
                prepare(page, (1, 28, 28), [n for n in MNIST_STEPS if n != name]).model_input, all_steps
            ), name


@pytest.mark.parametrize("name", ["black", "white", "one pixel"])
def test_blank_images_become_black(name: str) -> None:
    assert is_blank(EDGE_CASES[name])
    assert not prepare(EDGE_CASES[name], (1, 28, 28), MNIST_STEPS).model_input.any()


def test_downscales_only_large_images() -> None:
    assert downscale(EDGE_CASES["paper"]).shape == (300, 200)
    assert downscale(np.zeros((4000, 3000, 3), np.uint8)).shape == (1000, 750, 3)
    assert downscale(np.zeros((1, 10_000), np.uint8)).shape == (1, 1000)


@pytest.mark.parametrize(
    ("ink", "light", "inverted"), [(10, 60, True), (40, 210, True), (20, 112, True), (230, 150, False), (90, 30, False)]
)
def test_light_background_is_relative(ink: int, light: int, inverted: bool) -> None:
    page = paper(280, 280, ink=ink, light=light)
    assert has_light_background(page) == inverted
    prepared = prepare(page, (1, 28, 28), MNIST_STEPS).model_input[..., 0]
    assert prepared[0, 0] == 0, "the paper is black"
    assert prepared[14, 14] > 200, "the stroke is white"
