"""Recipes fit their settings to small collections of users' own pictures."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aecore.config.recipes import RECIPES, recipe
from aecore.data import Mnist5k
from aecore.data.collections import create_collection
from aecore.data.own import OwnImages
from aecore.runs.names import run_name
from benchmarks.own_pictures import compare, shapes


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> OwnImages:
    """200 pictures: 162 training images, which are one batch of 256."""
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    create_collection("Colors", [np.full((2, 2, 3), (i, 9, 99), np.uint8) for i in range(200)])
    return OwnImages()


def setting(settings: Any, path: str) -> Any:
    return reduce(getattr, path.split("."), settings)


#: Recipe, changes, a setting and its value with 200 pictures. With 4,000 images, an epoch has 16 batches of 256.
FITTED = [
    ("deep-dense", {}, "training.length.epochs", 16 * 50),
    ("regularized", {}, "training.length.epochs", 16 * 10),
    ("regularized", {}, "training.schedule.step_size", 16 * 3),
    ("regularized", {}, "training.stopping.patience", 16 * 3),
    ("beta-vae", {}, "training.length.epochs", 16 * 8),  # 2 batches of 128 instead of 32
    ("beta-vae", {}, "bottleneck.beta_warmup", 16 * 3.0),
    ("row-lstm", {}, "training.length.epochs", 21 * 15),  # 3 batches of 64 instead of 63
    ("deep-dense", {"dataset.images": 10, "dataset.color": True}, "training.length.epochs", 16 * 50),
    ("deep-dense", {"training.length.epochs": 7}, "training.length.epochs", 7),
    ("deep-dense", {"training": {"length": {"kind": "steps", "steps": 9}}}, "training.length.steps", 9),
    ("deep-dense", {"dataset.kind": "mnist-5k"}, "training.length.epochs", 50),
    ("deep-dense", {"dataset.kind": "mnist-5k", "dataset.images": 100}, "training.length.epochs", 50),
    ("deep-dense", {"dataset.collection": "deleted"}, "training.length.epochs", 50),  # may have had thousands
    ("quick-start", {}, "bottleneck.latent", 8),
    ("quick-start", {"network.widths": [9]}, "network.widths", (9,)),
    ("quick-start", {"dataset.collection": "deleted"}, "bottleneck.latent", 16),
    ("quick-start", {}, "training.batch_size", 27),  # 6 batches of 27 instead of 5 of 32 and one of 2
    ("quick-start", {"dataset.images": 65}, "training.batch_size", 22),
    ("quick-start", {"dataset.kind": "mnist-5k"}, "training.batch_size", 128),
    ("vectors", {"network.output": "linear"}, "training.length.epochs", 100),  # made for 80 rows
]


@pytest.mark.parametrize(("name", "changes", "path", "value"), FITTED)
def test_epochs_follow_the_steps_of_the_recipe(
    own: OwnImages, name: str, changes: dict, path: str, value: float
) -> None:
    config = recipe(name).changed({"dataset.kind": "own", **changes})
    assert setting(config, path) == value


@pytest.mark.parametrize("name", RECIPES)
def test_small_collections_get_as_many_steps(own: OwnImages, name: str) -> None:
    entry = recipe(name)
    usual = entry.config(entry.dataset or Mnist5k())
    fitted = entry.config(own)
    steps = [config.training.length.total_steps(config.steps_per_epoch) for config in (fitted, usual)]
    assert steps[0] >= steps[1] or name == "vectors"
    assert run_name(fitted, entry).startswith(f"{entry.title}, ")
    assert "epochs" not in run_name(fitted, entry), "as the recipe has it"


@pytest.mark.slow
def test_the_quick_start_on_color_shapes_beats_pca(own: OwnImages) -> None:
    collection = create_collection("Shapes", shapes(seed=0, background="white"))
    model, pca, _, _ = compare(0, OwnImages(collection=collection.id, color=True))
    assert model.mse < 0.9 * pca.mse
