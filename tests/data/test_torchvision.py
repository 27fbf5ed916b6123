"""Datasets of torchvision, from files in its format that contain fewer images than the real ones."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import torch
from torch import Tensor

from aecore.data import Dataset
from aecore.data.torchvision.base import TorchvisionDataset
from aecore.data.torchvision.compat import torchvision_datasets
from aecore.images import PREPARATION_STEPS
from aecore.options.registry import options_by_kind

DATASETS = [option for option in options_by_kind(Dataset).values() if issubclass(option, TorchvisionDataset)]
IMAGES = {"train": 5040, "t10k": 30}


def write_idx(file: Path, values: Tensor) -> None:
    """Write uint8 values in MNIST's file format, which torchvision reads for all of these datasets."""
    header = struct.pack(f">{1 + values.dim()}I", 0x800 + values.dim(), *values.shape)
    file.write_bytes(header + values.numpy().tobytes())


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    for dataset in DATASETS:
        raw = tmp_path / dataset.source_class / "raw"
        raw.mkdir(parents=True)
        for part, count in IMAGES.items():
            write_idx(raw / f"{part}-labels-idx1-ubyte", torch.arange(count).remainder(10).byte())
            pixels = torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8)
            write_idx(raw / f"{part}-images-idx3-ubyte", pixels)
    return tmp_path


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("option", DATASETS)
def test_loads_the_files_of_torchvision(option: type[TorchvisionDataset]) -> None:
    assert option().available()
    data = option().load()
    assert (len(data.training), len(data.validation), len(data.test)) == (40, 5000, 30)
    assert data.input_shape == (1, 28, 28)
    assert data.test.labels.tolist() == [*range(10)] * 3
    assert data.class_names == option.class_names


@pytest.mark.parametrize("option", DATASETS)
def test_is_known_to_torchvision(option: type[TorchvisionDataset]) -> None:
    source = getattr(torchvision_datasets(), option.source_class)
    assert len(source.classes) == len(option.class_names) == len(option.class_sizes)
    assert all(full.startswith(name) for full, name in zip(source.classes, option.class_names, strict=True))
    assert set(option().preparation) <= {step.name for step in PREPARATION_STEPS}


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("option", DATASETS)
def test_names_the_files_that_another_machine_needs(option: type[TorchvisionDataset]) -> None:
    names = [f"{part}-{content}-ubyte" for part in IMAGES for content in ("images-idx3", "labels-idx1")]
    assert set(option().stored_files()) == {f"data/{option.source_class}/raw/{name}" for name in names}
