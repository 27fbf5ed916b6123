"""Checkpoints, each written atomically to one file."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from aecore.runs.files.migrations import migrate_tensors
from aecore.runs.files.schemas import CheckpointContent
from aecore.training.train import Checkpoint
from aecore.utils.strict_json import read_json, to_json
from aecore.utils.tensors import read_tensors, write_tensors

_GROUPS = ("model", "optimizer", "best")


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint. Raises OSError, which leaves the previous file unchanged."""
    tensors = {f"{group}.{name}": t for group in _GROUPS for name, t in getattr(checkpoint, group).items()}
    metadata = {name: getattr(checkpoint, name) for name in CheckpointContent.model_fields}
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
        values = {name: read_json(value) for name, value in metadata.items() if name in CheckpointContent.model_fields}
        content = CheckpointContent.model_validate(values)
        return Checkpoint(
            content.step, groups["model"], groups["optimizer"], content.history, content.patience_from, groups["best"],
            content.steps_per_epoch, content.optimizer_kind,
        )  # fmt: skip
    except (KeyError, ValueError) as error:
        raise ValueError(f"The file {path.name} is damaged.") from error
