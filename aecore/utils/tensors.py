"""Tensors and a few metadata in one safetensors file. No pickle is ever read."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from aecore.utils.files import replace_file


def write_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str], durable: bool = True) -> None:
    """Put tensors and metadata at `path` in one step. Raises OSError, and then the file is as it was."""
    replace_file(path, save({name: t.contiguous() for name, t in tensors.items()}, metadata), durable)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """What `write_tensors` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"The file {path.name} is damaged: {error}.") from error


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata alone, without reading the tensors. Raises as `read_tensors`."""
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except SafetensorError as error:
        raise ValueError(f"The file {path.name} is damaged: {error}.") from error


def finite(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors. Raises ValueError where one holds infinity or NaN, as a diverged training leaves behind."""
    if all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        return tensors
    raise ValueError("not all of its numbers are finite: its training diverged")
