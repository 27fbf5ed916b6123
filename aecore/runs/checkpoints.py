"""Checkpoints, each written atomically to one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import Tensor

from aecore.runs.migrations import migrate_tensors
from aecore.training.train import Checkpoint
from aecore.utils.strict_json import to_json
from aecore.utils.tensors import read_tensors, write_tensors

_GROUPS = ("model", "optimizer", "best")


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint. Raises OSError, which leaves the previous file unchanged."""
    tensors = {f"{group}.{name}": t for group in _GROUPS for name, t in getattr(checkpoint, group).items()}
    metadata = {name: getattr(checkpoint, name) for name in ("step", *_DEFAULTS)}
    write_tensors(path, tensors, {name: to_json(value) for name, value in metadata.items()})


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint of any format version.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file is damaged.
    """
    tensors, metadata = read_tensors(path)
    groups: dict[str, dict[str, Tensor]] = {group: {} for group in _GROUPS}
    try:
        for key, value in migrate_tensors(tensors).items():
            group, name = key.split(".", 1)
            groups[group][name] = value
        values: dict[str, Any] = {name: json.loads(metadata.get(name, old)) for name, old in _DEFAULTS.items()}
        values["history"] = tuple(values["history"])
        return Checkpoint(int(metadata["step"]), **groups, **values)
    except KeyError as error:
        raise ValueError(f"The file {path.name} is damaged: {error} is missing.") from error


_DEFAULTS = {"history": "[]", "patience_from": "0", "steps_per_epoch": "null"}  # of checkpoints without these keys
