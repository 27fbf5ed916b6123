"""Datasets of which some classes are kept for training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

from aecore.config.run_config import RunConfig
from aecore.data import Dataset, Mnist, Mnist5k
from aecore.data.labeled import LabeledDataset
from aecore.options.registry import options_by_kind

LABELED = [option for option in options_by_kind(Dataset).values() if issubclass(option, LabeledDataset)]


@pytest.mark.parametrize("classes", [(3,), (0, 8), tuple(range(10)), ()])
def test_trains_and_validates_on_these_classes_and_tests_on_all(classes: tuple[int, ...]) -> None:
    dataset = Mnist5k(classes=classes)
    data = dataset.load()
    kept = set(classes or range(10))
    assert set(data.training.labels.tolist()) == set(data.validation.labels.tolist()) == kept
    assert set(data.test.labels.tolist()) == set(range(10))
    assert (len(data.training), len(data.validation)) == (dataset.training_images, dataset.held_out)
    assert dataset.held_out == pytest.approx(50 * len(kept), rel=0.05)


def test_fewer_images_are_the_first_of_these_classes() -> None:
    few, all_of_them = (Mnist5k(classes=(3,), images=images).load().training for images in (50, None))
    assert torch.equal(few.images, all_of_them.images[:50])


@pytest.mark.parametrize("option", LABELED)
def test_class_sizes_are_those_of_the_images(option: type[LabeledDataset], full_mnist: Path) -> None:
    if not option().available():
        pytest.skip(f"{option.title} is not in {full_mnist}")
    counts = torch.bincount(option(validation=0).load().training.labels)
    assert tuple(counts.tolist()) == option.class_sizes
    assert sum(option.class_sizes) == option.capacity
    assert len(option.class_names) == len(option.class_sizes)


@pytest.mark.parametrize(
    ("classes", "kept"), [([8, 0], (0, 8)), (3, (3,)), ([1, 1], (1,)), ((), ())], ids=["order", "one", "twice", "none"]
)
def test_equal_classes_are_equal_settings(classes: object, kept: tuple[int, ...]) -> None:
    assert RunConfig().changed({"dataset.kind": "mnist-5k", "dataset.classes": classes}).dataset.classes == kept  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classes": (10,)}, "10 is no class of MNIST, 70,000; possible values are 0 to 9"),
        ({"classes": (-1,)}, "greater than or equal to 0"),
        ({"classes": ("a",)}, "valid integer"),
        ({"classes": (5,), "images": 5000}, "Training images is 5,000; .* has 4,969 besides the 452 held out"),
    ],
)
def test_refuses_what_the_dataset_does_not_have(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Mnist.model_validate(settings)
