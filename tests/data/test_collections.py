from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from aecore.config.run_config import RunConfig
from aecore.data.collections import (
    MAX_IMAGES,
    ImageInFolder,
    class_note,
    create_collection,
    delete_collection,
    find_collection,
    list_collections,
)
from aecore.data.own import OwnImages
from aecore.errors import DataUnavailable
from aecore.images import MNIST_STEPS, SQUARE_STEPS, ImageArray, prepare
from aecore.options.error_messages import error_messages
from aecore.utils.settings import settings
from aecore.utils.tensors import write_tensors


def images(count: int, seed: int = 0) -> list[ImageArray]:
    """Images of different sizes, each of one color."""
    rng = np.random.default_rng(seed)
    return [
        np.full((int(rng.integers(20, 90)), int(rng.integers(20, 90)), 3), rng.integers(0, 256, 3), np.uint8)
        for _ in range(count)
    ]


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    return tmp_path


def test_stored_images_are_found_again() -> None:
    assert list_collections() == []
    collection = create_collection("  Cats\n& dogs ", iter(images(40)))
    assert list_collections() == [collection]
    assert (collection.name, collection.count) == ("Cats & dogs", 40)
    assert find_collection(collection.id) == collection
    tensor = collection.load_images()
    assert tensor.shape == (40, 3, 64, 64)
    assert tensor[7, :, 9, 9].tolist() == images(8)[7][0, 0].tolist()


def test_stores_the_same_images_only_once() -> None:
    first = create_collection("cats", images(30))
    assert create_collection("cats", images(30)) == first
    other = create_collection("cats", images(30, seed=1))
    assert other.id != first.id
    assert set(list_collections()) == {first, other}
    assert create_collection("Größe 猫 <b>../..</b>", images(30)).id.startswith("gr-e-b-b-")


def test_collections_of_one_name_are_told_apart_by_their_dates() -> None:
    dates = {"2026-03-01 12:00:00": create_collection("Cats", images(30)),
             "2026-03-02 12:00:00": create_collection("Cats", images(30, seed=1)),
             "": create_collection("Dogs", images(30))}  # fmt: skip
    for date, collection in dates.items():
        if date:
            seconds = time.mktime(time.strptime(date, "%Y-%m-%d %H:%M:%S"))
            os.utime(settings().collections / collection.id, (seconds, seconds))
    labels = {c.id: f"{c.name} ({date})" if date else c.name for date, c in dates.items()}
    assert OwnImages.allowed_values("collection") == labels
    assert next(iter(labels)) != next(iter(OwnImages.allowed_values("collection"))), "newest first"


@pytest.mark.parametrize("counts", [(30, 400), (400, 30)], ids=["the newest is larger", "the newest is smaller"])
def test_the_default_number_of_validation_images_is_that_of_the_collection(counts: tuple[int, int]) -> None:
    first, newest = (create_collection(f"cats {count}", images(count)) for count in counts)
    expected = {30: 2, 400: 36}
    assert OwnImages().validation == expected[newest.count]
    assert OwnImages(collection=first.id).validation == expected[first.count]
    assert OwnImages(collection=first.id, validation=1).validation == 1
    config = RunConfig(dataset=OwnImages())
    changed = config.changed({"dataset.collection": first.id})
    assert changed.dataset == OwnImages(collection=first.id)
    assert config.changed({"dataset.validation": 5}).changed({"dataset.collection": first.id}).dataset.validation == 5
    assert RunConfig().changed({"dataset.kind": "own", "dataset.collection": first.id}).dataset == changed.dataset


def test_reads_a_collection_stored_by_the_first_version(empty_home: Path) -> None:
    collection = create_collection("Cats", images(30))
    folder = empty_home / "pictures" / collection.id
    (folder / "collection.json").rename(folder / "gallery.json")
    assert find_collection(collection.id) == collection
    assert list_collections() == [collection]
    assert create_collection("Cats", images(30)) == collection
    assert not (folder / "collection.json").exists(), "nothing is stored again"
    assert len(collection.load_images()) == 30
    delete_collection(collection)
    assert list_collections() == []


@pytest.mark.parametrize(
    ("name", "count", "message"),
    [
        ("cats", 19, "20 or more"),
        ("cats", 0, "Add some"),
        ("cats", MAX_IMAGES + 1, "more than 5,000"),
        (" ", 40, "no name"),
    ],
)
def test_rejects_an_invalid_collection_and_stores_nothing(
    empty_home: Path, name: str, count: int, message: str
) -> None:
    small = [np.full((2, 2, 3), (i % 256, i // 256, 0), np.uint8) for i in range(count)]
    with pytest.raises(ValueError, match=message):
        create_collection(name, small)
    assert list_collections() == []
    assert not (empty_home / "pictures").exists()


def test_stores_equal_images_once() -> None:
    """Otherwise the same image could be in the training and the test set."""
    collection = create_collection("cats", [*images(40), *images(40)[::-1], images(40)[0]])
    assert collection.count == 40
    assert collection == create_collection("cats", images(40))
    data = OwnImages(collection=collection.id, color=True, side=64, validation=5).load()
    splits = [{image.numpy().tobytes() for image in s.images} for s in (data.training, data.validation, data.test)]
    assert len(set.union(*splits)) == 40


@pytest.mark.parametrize(("count", "found"), [(0, "There are 0 usable images;"), (1, "There is 1 usable image;")])
def test_counts_the_usable_images(count: int, found: str) -> None:
    with pytest.raises(ValueError, match=found):
        create_collection("cats", images(count))


@pytest.mark.parametrize("name", ["../runs", "cats", "", "cats-12345678/..", "CATS-12345678", "cats-1234567g"])
def test_invalid_ids_find_nothing(name: str) -> None:
    assert find_collection(name) is None


@pytest.mark.parametrize("file", ["collection.json", "pictures.safetensors"])
def test_a_damaged_collection_is_not_listed_and_can_be_replaced(empty_home: Path, file: str) -> None:
    collection = create_collection("cats", images(30))
    (empty_home / "pictures" / collection.id / file).write_bytes(b"\x00half")
    assert list_collections() == []
    assert create_collection("cats", images(30)) == collection
    assert len(collection.load_images()) == 30


def test_settings_stay_valid_after_the_collection_was_deleted() -> None:
    collection = create_collection("cats", images(400))
    config = RunConfig(dataset=OwnImages(images=300))
    assert config.dataset == OwnImages(collection=collection.id, images=300, validation=36)
    delete_collection(collection)
    assert RunConfig.model_validate_json(config.to_json()) == config
    assert not config.dataset.available()
    with pytest.raises(DataUnavailable, match="no longer here"):
        config.dataset.load()


def test_without_a_collection_the_error_says_what_to_do() -> None:
    assert not OwnImages().available()
    with pytest.raises(DataUnavailable, match="Add some first"):
        OwnImages().load()


@pytest.mark.parametrize("side", [28, 32, 64])
@pytest.mark.parametrize("color", [False, True])
def test_loads_three_disjoint_splits(side: int, color: bool) -> None:
    create_collection("cats", images(60))
    dataset = OwnImages(side=side, color=color, validation=7)
    data = dataset.load()
    assert dataset.input_shape == data.input_shape == (3 if color else 1, side, side)
    assert [len(split) for split in (data.training, data.validation, data.test)] == [47, 7, 6]
    assert dataset.max_images() == 47
    every = {image.numpy().tobytes() for split in (data.training, data.validation, data.test) for image in split.images}
    assert len(every) > 50, "no image is in two splits"


def test_rejects_more_images_than_the_collection_has() -> None:
    create_collection("cats", images(60))
    with pytest.raises(ValueError, match="has 47 besides the 7"):
        OwnImages(images=48, validation=7)
    with pytest.raises(ValidationError) as caught:
        RunConfig.model_validate({"dataset": {"kind": "own", "validation": 50}})
    assert ("dataset", "validation") in error_messages(caught.value, RunConfig)


def test_images_can_be_prepared_like_mnist() -> None:
    sheets = [np.full((50, 50), 240, np.uint8) for _ in range(30)]
    for seed, sheet in enumerate(sheets):
        sheet[10:40, 10:40] -= np.kron(np.random.default_rng(seed).integers(0, 2, (6, 6)), np.full((5, 5), 230)).astype(
            np.uint8
        )
    collection = create_collection("strokes", sheets, MNIST_STEPS)
    assert (collection.load_images()[:, :, 0, 0] == 0).all(), "light paper became dark"
    assert OwnImages(collection=collection.id).preparation == MNIST_STEPS


#: What happens to images that are not square, and the gray levels of the middle row's first pixel and of the corner.
NOT_SQUARE = [(None, [255, 255]), ("crop", [255, 255]), ("fit", [50, 0])]


@pytest.mark.parametrize(("choice", "levels"), NOT_SQUARE)
def test_images_that_are_not_square_are_cropped_or_fitted(choice: str | None, levels: list[int]) -> None:
    wide = np.full((40, 80), 255, np.uint8)
    wide[:, :20] = 50
    chosen = [] if choice is None else [SQUARE_STEPS[choice]]
    collection = create_collection("wide", [wide, *images(40)], *chosen)
    first = collection.load_images()[0]
    assert first[:, 32, 0].tolist() == [levels[0]] * 3
    assert first[:, 0, 32].tolist() == [levels[1]] * 3
    assert find_collection(collection.id) == collection
    dataset = OwnImages(collection=collection.id)
    # The same choice applies to single images that are shown to a model.
    single = prepare(wide, dataset.input_shape, dataset.preparation).model_input
    assert [single[14, 0, 0], single[0, 14, 0]] == levels
    delete_collection(collection)
    assert dataset.preparation == SQUARE_STEPS["crop"], "of a deleted collection it is unknown"


def test_the_same_images_prepared_in_another_way_are_another_collection() -> None:
    square = [np.full((9, 9), level, np.uint8) for level in range(40)]
    ways = [(), *SQUARE_STEPS.values()]
    assert len({create_collection("gray", square, steps).steps for steps in ways}) == 2
    assert len(list_collections()) == 2


FOLDERS = {
    "two": (["b", "a"], ("a", "b"), "Their folders are their 2 classes."),
    "other spaces": (["a  a", "a a", "b"], ("a a", "b"), "Their folders are their 2 classes."),
    "digits": ("0123456789", tuple("0123456789"), "Their folders are their 10 classes."),
    "some in none": (["b", "", "a"], ("a", "b", "no folder"), "Their folders are their 3 classes."),
    "one": (["a"], (), ""),
    "one, and some in none": (["a", ""], (), ""),
    "none": ([""], (), ""),
    "too many": ([str(i) for i in range(101)], (), "Their 101 folders are no classes; at most 100 can be."),
}


@pytest.mark.parametrize(("folders", "class_names", "note"), FOLDERS.values(), ids=FOLDERS.keys())
def test_folders_become_classes(folders: Sequence[str], class_names: tuple[str, ...], note: str) -> None:
    folders = [folders[i % len(folders)] for i in range(120)]
    given = [ImageInFolder(image, folder) for image, folder in zip(images(120), folders, strict=True)]
    collection = create_collection("cats", given)
    assert collection.class_names == class_names
    assert class_note(class_names, folders) == note
    assert find_collection(collection.id) == collection
    assert (collection == create_collection("cats", images(120))) == (not class_names)
    data = OwnImages(collection=collection.id, color=True, side=64, validation=20).load()
    assert data.class_names == class_names
    folder_of_color = {tuple(g.image[0, 0].tolist()): " ".join(g.folder.split()) or "no folder" for g in given}
    for split in (data.training, data.validation, data.test):
        for image, label in zip(split.images, split.labels.tolist(), strict=True):
            expected = folder_of_color[tuple(image[:, 32, 32].tolist())]
            assert not class_names or class_names[label] == expected


@pytest.mark.parametrize("labels", [torch.zeros(39), torch.full((40,), 2), torch.full((40,), -1), None])
def test_damaged_labels_make_a_collection_unavailable(labels: torch.Tensor | None) -> None:
    given = [ImageInFolder(image, str(i % 2)) for i, image in enumerate(images(40))]
    collection = create_collection("cats", given)
    tensors = {"pictures": collection.load_images()} | ({} if labels is None else {"labels": labels.long()})
    write_tensors(settings().collections / collection.id / "pictures.safetensors", tensors, {"count": "40"})
    with pytest.raises(DataUnavailable):
        OwnImages(collection=collection.id).load()


def test_collections_are_listed_by_name() -> None:
    collection = create_collection("My cats", images(30))
    assert OwnImages.allowed_values("collection") == {collection.id: "My cats"}
    assert OwnImages.allowed_values("side") is None
