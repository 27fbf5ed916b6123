from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from aecore.images import difference_image, heat_overlay, tile, to_pixels, to_png, to_rgb


def test_converts_tensors_to_pixels() -> None:
    floats = torch.tensor([-1.0, 0.0, 0.5, 1.0, 2.0, 0.1]).reshape(1, 1, 2, 3)
    assert to_pixels(floats).tolist() == [[[[0], [0], [128]], [[255], [255], [26]]]]
    bytes_ = torch.arange(12, dtype=torch.uint8).reshape(1, 3, 2, 2)
    assert to_pixels(bytes_)[0, 0, 1].tolist() == [1, 5, 9], "channels come last"


def test_arranges_images_in_rows() -> None:
    images = np.arange(1, 6, dtype=np.uint8).reshape(5, 1, 1, 1).repeat(2, axis=1)  # five images of 2 x 1
    assert tile(images, 3)[..., 0].tolist() == [[1, 2, 3], [1, 2, 3], [4, 5, 255], [4, 5, 255]]
    assert tile(images[:2], 2, gap=1, background=0)[..., 0].tolist() == [[1, 0, 2], [1, 0, 2]]


@pytest.mark.parametrize(("count", "columns"), [(0, 3), (2, 0), (2, -1)])
def test_rejects_empty_tilings(count: int, columns: int) -> None:
    with pytest.raises(ValueError, match=f"given {count} and {columns}"):
        tile(np.zeros((count, 2, 2, 1), np.uint8), columns)


def test_png_preserves_every_pixel() -> None:
    for channels in (1, 3):
        image = np.random.default_rng(0).integers(0, 256, (4, 5, channels), dtype=np.uint8)
        opened = np.asarray(Image.open(io.BytesIO(to_png(image, scale=3))))
        assert opened.shape[:2] == (12, 15)
        assert np.array_equal(opened[1::3, 1::3].reshape(image.shape), image)


def test_differences_are_white_where_exact_and_colored_elsewhere() -> None:
    originals = np.array([0, 0, 255], np.uint8).reshape(1, 1, 3, 1)
    reconstructions = np.array([0, 255, 0], np.uint8).reshape(1, 1, 3, 1)
    exact, bright, dark = difference_image(originals, reconstructions)[0, 0]
    assert exact.tolist() == [255, 255, 255]
    assert bright[0] > bright[2], "too bright is orange"
    assert dark[2] > dark[0], "too dark is blue"


def test_converts_gray_to_rgb() -> None:
    assert to_rgb(np.zeros((2, 3, 3, 1), np.uint8)).shape == to_rgb(np.zeros((2, 3, 3, 3), np.uint8)).shape


def test_heat_darkens_an_image_and_covers_it_where_it_is_largest():
    image = np.full((1, 1, 3, 1), 200, np.uint8)
    (((cold, warm, hot),),) = heat_overlay(image, np.array([[[0.0, 0.5, 1.0]]])).astype(int)
    assert cold.tolist() == [90, 90, 90]
    assert hot.tolist() == heat_overlay(0 * image, np.ones((1, 1, 3)))[0, 0, 0].tolist()
    assert np.abs(warm - (cold + hot) / 2).max() <= 1
