"""Patches of pictures: positions by hand, and their averages."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.images.patches import MAX_SIDE, assemble, cut, positions, to_patch_picture


@pytest.mark.parametrize(
    ("length", "starts"), [(64, [0]), (65, [0, 1]), (96, [0, 32]), (100, [0, 32, 36]), (192, [0, 32, 64, 96, 128])]
)
def test_patches_overlap_by_half_and_end_at_the_border(length: int, starts: list[int]) -> None:
    assert positions((length, 64)) == [(start, 0) for start in starts]
    assert positions((64, length)) == [(0, start) for start in starts]


@pytest.mark.parametrize("size", [(64, 64), (100, 77), (129, 250)])
def test_a_cut_picture_is_assembled_again(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    assert np.allclose(assemble(cut(picture), size), picture)


def test_overlapping_values_are_averaged() -> None:
    values = np.stack([np.zeros((64, 64)), np.full((64, 64), 3.0)])
    assert assemble(values, (64, 96))[5, [0, 31, 32, 63, 64, 95]].tolist() == [0, 0, 1.5, 1.5, 3, 3]


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ((1, 1), (64, 64)),
        ((1, 300, 3), (64, 300)),
        ((192, 256), (192, 256)),
        ((513, 100), (257, 64)),
        ((3000, 4000, 3), (375, 500)),
    ],
)
def test_pictures_of_any_size_can_be_cut(given: tuple[int, ...], size: tuple[int, int]) -> None:
    picture = to_patch_picture(np.full(given, 7, np.uint8))
    assert picture.shape == (*size, 3)
    assert (picture == 7).all()
    assert max(picture.shape) <= MAX_SIDE
    assert cut(picture).shape[1:] == (64, 64, 3)
