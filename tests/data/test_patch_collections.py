"""Collections of patches, and the pictures that a run is not trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tile_pictures import tile_picture

from aecore.data import collections
from aecore.data.collections import create_collection, find_collection
from aecore.data.own import OwnImages

SIZES = [(64, 64), (100, 64), (80, 90)]  # 1, 3 and 4 patches


def noise(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*SIZES[i % 3], 3)).astype(np.uint8) for i in range(count)]


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    return tmp_path


def test_patches_of_a_picture_are_in_one_split() -> None:
    pictures = noise(60)
    collection = create_collection("noise", pictures, patches=True)
    assert find_collection(collection.id) == collection
    assert (collection.pictures, collection.count) == (60, 20 * (1 + 3 + 4))
    assert collection.id != create_collection("noise", pictures).id
    dataset = OwnImages(collection=collection.id, side=64, color=True, validation=50)
    data = dataset.load()
    assert len(data.validation) == 50
    assert len(data.training) == dataset.max_images()
    assert len(data.training) + len(data.validation) + len(data.test) == collection.count
    trained = {image.numpy().tobytes() for image in data.training.images}
    held_out = dataset.held_out_pictures()
    patches = {image.numpy().tobytes() for picture in held_out for image in picture.images}
    assert not trained & patches
    assert len(patches) > len(data.test)
    sizes = {picture.size: len(picture.images) for picture in held_out}
    assert sizes == dict(zip(SIZES, (1, 3, 4), strict=True))


@pytest.mark.parametrize("patches", [False, True])
@pytest.mark.parametrize("color", [False, True])
def test_a_new_picture_is_prepared_like_those_of_the_collection(patches: bool, color: bool) -> None:
    pictures = [tile_picture(i, (128, 96), color=True) for i in range(20)]
    dataset = OwnImages(collection=create_collection("tiles", pictures, patches=patches).id, color=color)
    assert dataset.max_images() >= 10, "of the fewest pictures"
    assert len(dataset.held_out_pictures()) == 6
    data = dataset.load()
    stored = {image.numpy().tobytes() for s in (data.training, data.validation, data.test) for image in s.images}
    for picture in pictures:
        shown, seen = dataset.picture(picture)
        assert {image.numpy().tobytes() for image in seen.images} <= stored
        assert shown.shape == ((96, 128, 3) if patches else (128, 128, 3))


def test_too_many_patches_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "MAX_PATCHES", 50)
    with pytest.raises(ValueError, match="more than 50 patches"):
        create_collection("noise", noise(60), patches=True)
