from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from aecore.config.run_config import RunConfig
from aecore.data import collections as gallery
from aecore.data.own import Own
from aecore.errors import DataUnavailable
from aecore.images import AS_MNIST, Picture
from aecore.options.registry import explain


def pictures(count: int, seed: int = 0) -> list[Picture]:
    """Pictures of many sizes, each of one colour."""
    draw = np.random.default_rng(seed)
    return [
        np.full((int(draw.integers(20, 90)), int(draw.integers(20, 90)), 3), draw.integers(0, 256, 3), np.uint8)
        for _ in range(count)
    ]


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    return tmp_path


def test_pictures_are_kept_and_found_again() -> None:
    assert gallery.galleries() == []
    kept = gallery.keep("  Cats\n& dogs ", iter(pictures(40)))
    assert gallery.galleries() == [kept]
    assert (kept.name, kept.count) == ("Cats & dogs", 40)
    assert gallery.find(kept.id) == kept
    tensor = kept.pictures()
    assert tensor.shape == (40, 3, 64, 64)
    assert tensor[7, :, 9, 9].tolist() == pictures(8)[7][0, 0].tolist()


def test_the_same_pictures_are_kept_once_and_others_beside_them() -> None:
    first = gallery.keep("cats", pictures(30))
    assert gallery.keep("cats", pictures(30)) == first
    other = gallery.keep("cats", pictures(30, seed=1))
    assert other.id != first.id
    assert set(gallery.galleries()) == {first, other}
    assert gallery.keep("Größe 猫 <b>../..</b>", pictures(30)).id.startswith("gr-e-b-b-")


@pytest.mark.parametrize(
    ("name", "count", "words"),
    [
        ("cats", 29, "30 or more"),
        ("cats", 0, "Add some"),
        ("cats", gallery.MOST + 1, "more than 5,000"),
        (" ", 40, "a name"),
    ],
)
def test_what_cannot_be_kept_is_told_and_leaves_nothing(empty_home: Path, name: str, count: int, words: str) -> None:
    small = [np.zeros((2, 2), np.uint8)] * count
    with pytest.raises(ValueError, match=words):
        gallery.keep(name, small)
    assert gallery.galleries() == []
    assert not (empty_home / "pictures").exists()


@pytest.mark.parametrize("name", ["../runs", "cats", "", "cats-12345678/..", "CATS-12345678", "cats-1234567g"])
def test_no_other_folder_is_touched(name: str) -> None:
    assert gallery.find(name) is None


@pytest.mark.parametrize("file", ["gallery.json", "pictures.safetensors"])
def test_a_damaged_gallery_is_not_listed_and_can_be_kept_again(empty_home: Path, file: str) -> None:
    kept = gallery.keep("cats", pictures(30))
    (empty_home / "pictures" / kept.id / file).write_bytes(b"\x00half")
    assert gallery.galleries() == []
    assert gallery.keep("cats", pictures(30)) == kept
    assert len(kept.pictures()) == 30


def test_a_run_of_deleted_pictures_stays_readable() -> None:
    kept = gallery.keep("cats", pictures(400))
    config = RunConfig(dataset=Own(images=300))
    assert config.dataset == Own(gallery=kept.id, images=300, validation=36)
    gallery.delete(kept)
    assert RunConfig.model_validate_json(config.to_json()) == config
    assert not config.dataset.available()
    with pytest.raises(DataUnavailable, match="any more"):
        config.dataset.load()


def test_without_pictures_it_says_what_to_do() -> None:
    assert not Own().available()
    with pytest.raises(DataUnavailable, match="Add some first"):
        Own().load()


@pytest.mark.parametrize("side", [28, 32, 64])
@pytest.mark.parametrize("colour", [False, True])
def test_pictures_are_learned_from_like_mnist(side: int, colour: bool) -> None:
    gallery.keep("cats", pictures(60))
    dataset = Own(side=side, colour=colour, validation=7)
    data = dataset.load()
    assert dataset.input_shape == data.input_shape == (3 if colour else 1, side, side)
    assert [len(split) for split in (data.training, data.validation, data.test)] == [47, 7, 6]
    assert dataset.limit() == 47
    every = {image.numpy().tobytes() for split in (data.training, data.validation, data.test) for image in split.images}
    assert len(every) > 50, "no picture is in two splits"


def test_more_than_there_are_is_refused_beside_the_field() -> None:
    gallery.keep("cats", pictures(60))
    with pytest.raises(ValueError, match="has 47 beside the 7"):
        Own(images=48, validation=7)
    with pytest.raises(ValidationError) as told:
        RunConfig.model_validate({"dataset": {"kind": "own", "validation": 50}})
    assert ("dataset", "validation") in explain(told.value, RunConfig)


def test_they_can_be_prepared_as_mnist_was() -> None:
    sheets = [np.full((50, 50), 240, np.uint8) for _ in range(30)]
    for i, sheet in enumerate(sheets):
        sheet[10:20, 5 : 8 + i] = 10
    kept = gallery.keep("strokes", sheets, AS_MNIST)
    assert (kept.pictures()[:, :, 0, 0] == 0).all(), "light paper became dark"


def test_names_for_people() -> None:
    kept = gallery.keep("My cats", pictures(30))
    assert Own.named("gallery") == {kept.id: "My cats"}
    assert Own.named("side") is None
