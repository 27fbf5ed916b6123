"""Tensors with string metadata in safetensors files. No pickle is ever read."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from aecore.utils.files import replace_file


def write_tensors(
    path: Path, tensors: dict[str, Tensor], metadata: dict[str, str], durable: bool = True, patient: bool = True
) -> None:
    """Write tensors and metadata to `path` atomically.

    Args:
        path: target path, in an existing folder.
        tensors: tensors by name.
        metadata: strings by name.
        durable: see `replace_file`.
        patient: see `replace_file`.

    Raises:
        OSError: the disk is full or read-only; `path` is unchanged.
    """
    replace_file(path, save({name: t.contiguous() for name, t in tensors.items()}, metadata), durable, patient)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors and the metadata of a file.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError:
        raise
    except (SafetensorError, OSError) as error:
        raise ValueError(f"The file {path.name} is damaged: {error}.") from error


def read_metadata(path: Path) -> dict[str, str]:
    """Return only the metadata of a file, without reading the tensors. Raises the same errors as `read_tensors`."""
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except FileNotFoundError:
        raise
    except (SafetensorError, OSError) as error:
        raise ValueError(f"The file {path.name} is damaged: {error}.") from error


def check_finite(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors unchanged.

    Raises:
        ValueError: a value is infinite or NaN, as after a diverged training.
    """
    if all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        return tensors
    raise ValueError("its values are not all finite, because the training diverged")
