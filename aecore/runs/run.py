"""One run: its folder, read and written. Every file is replaced in one step; metrics are appended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from filelock import BaseFileLock, FileLock
from pydantic import ValidationError
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableRun
from aecore.models.autoencoder import Autoencoder
from aecore.options.registry import error_messages
from aecore.runs.checkpoints import read_checkpoint, write_checkpoint
from aecore.runs.migrations import migrate_config, versioned
from aecore.runs.state import State
from aecore.training.train import Checkpoint, Snapshot
from aecore.utils.files import replace_file
from aecore.utils.tensors import check_finite, read_metadata, read_tensors, write_tensors


@dataclass(frozen=True)
class Examples:
    """What is watched during a training."""

    originals: Tensor  # ten test examples (10, *input_shape), pictures as uint8
    labels: Tensor  # (N,), of the test examples that snapshots encode
    given: Tensor | None = None  # the ten as the model is given them, where it learns to remove noise


@dataclass(frozen=True)
class Live:
    """The latest moment of a training."""

    metrics: dict[str, Any]  # step, steps, epoch(s), losses, learning_rate, images_per_second, seconds(_left)
    reconstructions: Tensor  # (10, *input_shape), pictures as uint8


class Run:
    """A run folder. The object holds nothing but the path, so it is always as fresh as the disk."""

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        self.folder, self.read_only = folder, read_only

    @property
    def id(self) -> str:
        """The folder's name, used in addresses."""
        return self.folder.name

    def readable(self) -> bool:
        """Whether config and state can be read; a damaged folder is left alone and not listed."""
        try:
            self.state()
            self.config()
        except UnreadableRun:
            return False
        return True

    # -- settings and state

    def config(self) -> RunConfig:
        """The settings. Raises UnreadableRun."""
        try:
            return _config((self.folder / "config.json").read_bytes())
        except (OSError, ValueError) as error:
            raise UnreadableRun(_why(self, "config.json", error)) from error

    def write_config(self, config: RunConfig) -> None:
        """Replace the settings (when a run continues with other ones). Raises as `change_state`."""
        self._must_be_ours()
        replace_file(self.folder / "config.json", config_file(config))

    def state(self) -> State:
        """Where the run stands, as it really is. Raises UnreadableRun."""
        try:
            return State.read((self.folder / "state.json").read_bytes()).now()
        except (OSError, ValueError) as error:
            raise UnreadableRun(_why(self, "state.json", error)) from error

    def change_state(self, **changes: object) -> State:
        """Change some fields of the state, under the run's lock: the queue, a worker and a page may all write.

        Raises:
            PermissionError: the run came with the app.
            UnreadableRun: the run is gone or damaged.
        """
        self._must_be_ours()
        with self._lock(".lock", 10):
            state = self.state().changed(**changes)
            replace_file(self.folder / "state.json", state.to_file())
        return state

    @contextmanager
    def held(self, seconds: float = -1) -> Iterator[None]:
        """Keep every other process from training or deleting the run. Raises filelock.Timeout after `seconds`."""
        if self.read_only:
            yield
            return
        with self._lock(".training", seconds):
            yield

    def _lock(self, name: str, seconds: float) -> BaseFileLock:
        if not self.folder.is_dir():  # a lock would bring back the folder of a deleted run
            raise UnreadableRun(f"The run {self.id} is not here any more.")
        return FileLock(self.folder / name, timeout=seconds)

    def _must_be_ours(self) -> None:
        if self.read_only:
            raise PermissionError(f"“{self.state().name}” comes with the app and stays as it is.")

    def sweep(self) -> None:
        """Remove what a process that was killed left half written; only for who holds the run."""
        for pattern in (".*.safetensors.*", "snapshots/.*.safetensors.*"):
            for half in self.folder.glob(pattern):
                half.unlink(missing_ok=True)

    # -- stopping

    @property
    def stop_wanted(self) -> bool:
        """Whether someone asked the run to stop; polled every step."""
        return (self.folder / "stop").exists()

    def want_stop(self, wanted: bool = True) -> None:
        """Ask the run to stop, or take the wish back. Raises as `change_state`."""
        self._must_be_ours()
        if wanted:
            (self.folder / "stop").touch()
        else:
            (self.folder / "stop").unlink(missing_ok=True)

    # -- metrics

    def append_metrics(self, record: dict[str, Any]) -> None:
        """Add a line to the metrics."""
        with open(self.folder / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """The records of the steps that count, in order; what a continuation took back is left out."""
        records: list[dict[str, Any]] = []
        with suppress(FileNotFoundError), open(self.folder / "metrics.jsonl", "rb") as file:
            for line in file:
                try:
                    record = json.loads(line)
                except ValueError:
                    continue  # the last line of a process that was killed
                if not isinstance(record, dict):
                    continue
                if "resumed" in record:
                    records = [r for r in records if r["step"] <= record["resumed"]]
                elif record.keys() >= {"step", "epoch", "train"}:
                    records.append(record)
        return records

    def rewind_metrics(self, step: int) -> None:
        """Take back the records and snapshots after `step`, from where the run continues."""
        path = self.folder / "metrics.jsonl"
        if not path.exists():
            return
        torn = path.stat().st_size and not path.read_bytes().endswith(b"\n")
        with open(path, "a", encoding="utf-8") as file:
            file.write(("\n" if torn else "") + json.dumps({"resumed": step}) + "\n")
        for snapshot in self.snapshot_steps():
            if snapshot > step:
                self.remove_snapshot(snapshot)

    # -- pictures

    def write_examples(self, examples: Examples) -> None:
        """Keep what is watched during the training."""
        tensors = {"originals": examples.originals, "labels": examples.labels}
        noisy = {} if examples.given is None else {"given": examples.given}
        write_tensors(self.folder / "examples.safetensors", tensors | noisy, {})

    def examples(self) -> Examples | None:
        """What is watched during the training; None before it has begun."""
        with suppress(FileNotFoundError, ValueError, KeyError):
            tensors, _ = read_tensors(self.folder / "examples.safetensors")
            return Examples(tensors["originals"], tensors["labels"], tensors.get("given"))
        return None

    def write_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot."""
        tensors = {"reconstructions": snapshot.reconstructions, "codes": snapshot.codes}
        (self.folder / "snapshots").mkdir(exist_ok=True)
        write_tensors(self._snapshot_path(snapshot.step), tensors, {}, durable=False)

    def remove_snapshot(self, step: int) -> None:
        """Remove the snapshot of a step, if there is one."""
        self._snapshot_path(step).unlink(missing_ok=True)

    def snapshot_steps(self) -> list[int]:
        """The steps of which there are snapshots, in order."""
        return sorted(int(p.stem) for p in self.folder.glob("snapshots/*.safetensors") if p.stem.isdigit())

    def snapshot(self, step: int) -> Snapshot:
        """The snapshot of a step. Raises FileNotFoundError or ValueError."""
        tensors, _ = read_tensors(self._snapshot_path(step))
        return Snapshot(step, tensors["reconstructions"], tensors["codes"])

    def write_live(self, metrics: dict[str, Any], reconstructions: Tensor) -> None:
        """Show the latest moment to whoever watches."""
        path = self.folder / "live.safetensors"
        write_tensors(path, {"reconstructions": reconstructions}, {"metrics": json.dumps(metrics)}, durable=False)

    def live(self) -> Live | None:
        """The latest moment; None before the first step."""
        with suppress(FileNotFoundError, ValueError, KeyError):
            tensors, metadata = read_tensors(self.folder / "live.safetensors")
            return Live(json.loads(metadata["metrics"]), tensors["reconstructions"])
        return None

    def latest_reconstructions(self) -> Tensor | None:
        """The reconstructions of the latest moment; None before the first."""
        if live := self.live():
            return live.reconstructions
        with suppress(FileNotFoundError, ValueError, KeyError, IndexError):
            return self.snapshot(self.snapshot_steps()[-1]).reconstructions
        return None

    def _snapshot_path(self, step: int) -> Path:
        return self.folder / "snapshots" / f"{step:08d}.safetensors"

    # -- weights

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep what is needed to continue (one file, so that it is whole), then the weights to use."""
        write_checkpoint(self.folder / "resume.safetensors", checkpoint)
        write_tensors(self.folder / "model.safetensors", checkpoint.model, {"step": str(checkpoint.step)})

    def checkpoint(self) -> Checkpoint | None:
        """The last checkpoint; None before the first. Raises ValueError when it is damaged."""
        with suppress(FileNotFoundError):
            return read_checkpoint(self.folder / "resume.safetensors")
        return None

    def model_step(self) -> int | None:
        """The step of the weights that `model` loads; None while there are none."""
        with suppress(FileNotFoundError, ValueError, KeyError):
            return int(read_metadata(self.folder / "model.safetensors")["step"])
        return None

    def kept(self) -> str:
        """What is left of the training when it ends badly, for a person."""
        step = self.model_step()
        return f"The weights of step {step:,} are kept." if step else "There was no checkpoint yet."

    def model(self) -> Autoencoder:
        """The trained model, ready to use.

        Raises:
            UnreadableRun: there are no weights yet, or damaged ones, or no finite numbers.
        """
        try:
            tensors = check_finite(read_tensors(self.folder / "model.safetensors")[0])
            model = self.config().build_model()
            model.load_state_dict({name: t.to(torch.float32) for name, t in tensors.items()})
        except (FileNotFoundError, ValueError, RuntimeError) as error:
            raise UnreadableRun(_why(self, "model.safetensors", error)) from error
        return model.eval()

    # -- reported numbers

    def write_numbers(self, name: str, numbers: dict[str, Any]) -> None:
        """Keep `baseline` or `scores`."""
        replace_file(self.folder / f"{name}.json", json.dumps(numbers, indent=2).encode())

    def numbers(self, name: str) -> dict[str, Any] | None:
        """The kept `baseline` or `scores`; None while there are none."""
        with suppress(FileNotFoundError, ValueError):
            numbers: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_bytes())
            return numbers
        return None


@lru_cache(maxsize=512)  # a page lists all runs, and a config is checked by building its model's shapes
def _config(content: bytes) -> RunConfig:
    return RunConfig.model_validate(migrate_config(json.loads(content)))


def config_file(config: RunConfig) -> bytes:
    """The content of `config.json`."""
    return json.dumps(versioned(config.model_dump(mode="json")), indent=2).encode()


def _why(run: Run, file: str, error: Exception) -> str:
    if isinstance(error, ValidationError):
        model = RunConfig if file == "config.json" else State
        if any(detail["type"] == "model_type" for detail in error.errors()):
            return f"The run {run.id} cannot be read: {file} is damaged."
        return f"The run {run.id} cannot be read: {' '.join(error_messages(error, model).values())}"
    if isinstance(error, FileNotFoundError):
        return f"The run {run.id} has no {file} yet."
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return f"The run {run.id} cannot be read: {file} is damaged."
    return f"The run {run.id} cannot be read: {file} is damaged ({error})."
