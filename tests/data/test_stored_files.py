"""A dataset can be loaded on another machine from copies of the files that it names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from aecore.data import Dataset, Mnist, Mnist5k
from aecore.data.collections import create_collection
from aecore.data.own import OwnImages
from aecore.errors import DataUnavailable


def own_images() -> Dataset:
    images = (np.random.default_rng(i).integers(0, 256, (40, 40), np.uint8) for i in range(40))
    return OwnImages(collection=create_collection("Copied", images).id, validation=5)


@pytest.mark.parametrize("dataset", [Mnist5k, Mnist, own_images])
def test_loads_from_copies(
    dataset: Callable[[], Dataset], full_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = dataset()
    images, files = original.load().training.images, original.stored_files()
    for name, path in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(path.read_bytes())
    monkeypatch.delenv("AECORE_DATA")
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    assert torch.equal(original.load().training.images, images)


@pytest.mark.parametrize("dataset", [Mnist(), OwnImages(collection="gone-00000000", validation=5)])
def test_missing_files_are_reported(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    with pytest.raises(DataUnavailable):
        dataset.stored_files()
