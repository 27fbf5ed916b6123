"""One run: reads and writes its folder. Files are replaced atomically; metrics are appended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import BaseFileLock
from pydantic import ValidationError
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableRun
from aecore.models.autoencoder import Autoencoder
from aecore.options.error_messages import error_messages
from aecore.runs.continuation import check_resumable
from aecore.runs.files import metrics
from aecore.runs.files.checkpoints import read_checkpoint, write_checkpoint
from aecore.runs.files.config_file import MAX_CACHED_FILES, config_file, configs
from aecore.runs.files.schemas import RESULTS, LiveContent, parse_count, validated
from aecore.runs.files.state import State
from aecore.runs.local_changes import local_changes
from aecore.training.train import Checkpoint, Snapshot
from aecore.utils.file_cache import FileCache
from aecore.utils.files import remove_file, replace_file
from aecore.utils.locks import file_lock
from aecore.utils.strict_json import read_json, to_json
from aecore.utils.tensors import check_finite, read_metadata, read_tensors, write_tensors


@dataclass(frozen=True)
class Examples:
    """The test examples that snapshots and the live view show."""

    originals: Tensor  # ten test examples (10, *input_shape), images as uint8
    labels: Tensor  # (N,), of the test examples that snapshots encode
    noisy: Tensor | None = None  # the corrupted inputs (10, *input_shape); None without a corruption


@dataclass(frozen=True)
class Live:
    """The latest step of a training."""

    metrics: dict[str, Any]  # step, steps, epoch(s), losses, learning_rate, images_per_second, seconds(_left)
    reconstructions: Tensor  # (10, *input_shape), images as uint8


class Run:
    """A run folder. The object holds only the path, so it always shows the current files."""

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        self.folder, self.read_only = folder, read_only

    @property
    def id(self) -> str:
        """The folder's name, used in URLs."""
        return self.folder.name

    def readable(self) -> bool:
        """Return whether config and state can be read; damaged runs are not listed."""
        with suppress(UnreadableRun):
            self.state()
            self.config()
            return True
        return False

    # -- settings and state

    def config(self) -> RunConfig:
        """Read the settings. Raises UnreadableRun."""
        try:
            return configs.read(self.folder / "config.json")
        except (OSError, ValueError) as error:
            raise UnreadableRun(_reading_error(self, "config.json", error)) from error

    def write_config(self, config: RunConfig) -> None:
        """Replace the settings, when a run continues. Raises as `change_state` and `check_resumable`."""
        self._check_writable()
        if step := self.model_step():
            check_resumable(self.config(), config, step)
        replace_file(self.folder / "config.json", config_file(config))
        local_changes.add()

    def state(self) -> State:
        """Read the state; a run whose process has died is interrupted. Raises UnreadableRun."""
        try:
            return _states.read(self.folder / "state.json").effective()
        except (OSError, ValueError) as error:
            raise UnreadableRun(_reading_error(self, "state.json", error)) from error

    def change_state(self, **changes: object) -> State:
        """Change fields of the state, under the run's lock: the queue, a worker and a page may write concurrently.

        Raises:
            PermissionError: the run is a starter model.
            UnreadableRun: the run was deleted or is damaged.
        """
        self._check_writable()
        with self._lock(".lock", 10):
            state = self.state().changed(**changes)
            replace_file(self.folder / "state.json", state.to_file())
        local_changes.add()
        return state

    @contextmanager
    def training_lock(self, seconds: float = -1) -> Iterator[None]:
        """Keep other processes from training or deleting the run. Raises filelock.Timeout after `seconds`."""
        if self.read_only:
            yield
            return
        with self._lock(".training", seconds):
            yield

    def _lock(self, name: str, seconds: float) -> BaseFileLock:
        if not self.folder.is_dir():  # a lock would recreate the folder of a deleted run
            raise UnreadableRun(f"The run {self.id} was deleted.")
        return file_lock(self.folder / name, seconds)

    def _check_writable(self) -> None:
        if self.read_only:
            raise PermissionError(f"“{self.state().name}” comes with the app and cannot be changed.")

    def remove_partial_files(self) -> None:
        """Remove the partly written files of a killed process; only while holding `training_lock`."""
        for pattern in (".*.safetensors.*", "snapshots/.*.safetensors.*"):
            for partial in self.folder.glob(pattern):
                partial.unlink(missing_ok=True)

    # -- stopping

    @property
    def stop_requested(self) -> bool:
        """Whether the run was asked to stop; polled every step."""
        return (self.folder / "stop").exists()

    def request_stop(self, requested: bool = True) -> None:
        """Ask the run to stop, or withdraw the request. Raises as `change_state`."""
        self._check_writable()
        if requested:
            (self.folder / "stop").touch()
        else:
            (self.folder / "stop").unlink(missing_ok=True)

    # -- metrics

    def append_metrics(self, record: dict[str, Any]) -> None:
        """Append a record to the metrics."""
        metrics.append_record(self.folder / "metrics.jsonl", record)

    def metrics(self) -> list[dict[str, Any]]:
        """Read the records in order, without those that a resumption invalidated."""
        return metrics.read_records(self.folder / "metrics.jsonl")

    def seconds_trained(self) -> float:
        """Return the seconds spent in training so far, over all resumptions. Raises UnreadableRun."""
        # The state of a killed run has no duration; its last record does.
        records = self.metrics()
        return max(self.state().seconds, records[-1].get("seconds", 0.0) if records else 0.0)

    def rewind_metrics(self, step: int) -> None:
        """Remove the records and snapshots after `step`, where the run continues."""
        if not (self.folder / "metrics.jsonl").exists():
            return
        metrics.rewind(self.folder / "metrics.jsonl", step)
        for snapshot in self.snapshot_steps():
            if snapshot > step:
                self.remove_snapshot(snapshot)

    # -- examples, snapshots and the live view

    def write_examples(self, examples: Examples) -> None:
        """Store the examples."""
        tensors = {"originals": examples.originals, "labels": examples.labels}
        noisy = {} if examples.noisy is None else {"given": examples.noisy}  # the key of format version 1
        write_tensors(self.folder / "examples.safetensors", tensors | noisy, {})

    def examples(self) -> Examples | None:
        """Read the examples; None before the training starts."""
        with suppress(FileNotFoundError, ValueError, KeyError):
            tensors, _ = read_tensors(self.folder / "examples.safetensors")
            return Examples(tensors["originals"], tensors["labels"], tensors.get("given"))
        return None

    def write_snapshot(self, snapshot: Snapshot) -> None:
        """Store a snapshot."""
        tensors = {"reconstructions": snapshot.reconstructions, "codes": snapshot.codes}
        (self.folder / "snapshots").mkdir(exist_ok=True)
        write_tensors(self._snapshot_path(snapshot.step), tensors, {}, durable=False)

    def remove_snapshot(self, step: int) -> None:
        """Remove the snapshot of a step, if it exists."""
        remove_file(self._snapshot_path(step))

    def snapshot_steps(self) -> list[int]:
        """List the steps with a snapshot, in order."""
        return sorted(int(p.stem) for p in self.folder.glob("snapshots/*.safetensors") if p.stem.isdigit())

    def snapshot(self, step: int) -> Snapshot:
        """Read the snapshot of a step. Raises FileNotFoundError or ValueError."""
        tensors, _ = read_tensors(self._snapshot_path(step))
        return Snapshot(step, tensors["reconstructions"], tensors["codes"])

    def write_live(self, metrics: dict[str, Any], reconstructions: Tensor) -> None:
        """Store the latest step for the live view."""
        tensors, metadata = {"reconstructions": reconstructions}, {"metrics": to_json(metrics)}
        write_tensors(self.folder / "live.safetensors", tensors, metadata, durable=False, patient=False)

    def live(self) -> Live | None:
        """Read the latest step; None before the first."""
        with suppress(FileNotFoundError, ValueError, KeyError):
            tensors, metadata = read_tensors(self.folder / "live.safetensors")
            values: dict[str, Any] = {}
            with suppress(KeyError, ValueError):
                values = validated(LiveContent, read_json(metadata["metrics"]))
            return Live(values, tensors["reconstructions"])
        return None

    def latest_reconstructions(self) -> Tensor | None:
        """Read the reconstructions (10, *input_shape) of the latest step; None before the first."""
        if live := self.live():
            return live.reconstructions
        with suppress(FileNotFoundError, ValueError, KeyError, IndexError):
            return self.snapshot(self.snapshot_steps()[-1]).reconstructions
        return None

    def _snapshot_path(self, step: int) -> Path:
        return self.folder / "snapshots" / f"{step:08d}.safetensors"

    # -- weights

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Store the state to resume from, in one file so that it is complete, then the weights for inference."""
        write_checkpoint(self.folder / "resume.safetensors", checkpoint)
        write_tensors(self.folder / "model.safetensors", checkpoint.model, {"step": str(checkpoint.step)})

    def checkpoint(self) -> Checkpoint | None:
        """Read the last checkpoint; None before the first. Raises ValueError if it is damaged."""
        with suppress(FileNotFoundError):
            return read_checkpoint(self.folder / "resume.safetensors")
        return None

    def model_step(self) -> int | None:
        """Return the step of the weights that `model` loads; None before the first checkpoint."""
        with suppress(FileNotFoundError, ValueError, KeyError):
            return parse_count(read_metadata(self.folder / "model.safetensors")["step"])
        return None

    def checkpoint_summary(self) -> str:
        """Describe the last checkpoint in a sentence, for the reason why a training ended."""
        step = self.model_step()
        return f"The weights of step {step:,} are available." if step else "No checkpoint was written."

    def model(self) -> Autoencoder:
        """Load the trained model in evaluation mode.

        Raises:
            UnreadableRun: there are no weights yet, or they are damaged or not finite.
        """
        try:
            tensors = check_finite(read_tensors(self.folder / "model.safetensors")[0])
            model = self.config().build_model()
            model.load_state_dict({name: t.to(torch.float32) for name, t in tensors.items()})
        except (FileNotFoundError, ValueError, RuntimeError) as error:
            raise UnreadableRun(_reading_error(self, "model.safetensors", error)) from error
        return model.eval()

    # -- results

    def write_results(self, name: str, values: dict[str, Any]) -> None:
        """Store `baseline` or `scores`."""
        replace_file(self.folder / f"{name}.json", to_json(values, indent=2).encode())

    def results(self, name: str) -> dict[str, Any] | None:
        """Read the stored `baseline` or `scores`; None if they do not exist yet or are damaged."""
        with suppress(OSError, ValueError):
            return validated(RESULTS[name], read_json((self.folder / f"{name}.json").read_bytes()))
        return None


_states = FileCache(State.read, MAX_CACHED_FILES)


def _reading_error(run: Run, file: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        if file == "model.safetensors":
            return "This run has no weights: it has written no checkpoint. Continue its training, or use another run."
        return f"The run {run.id} has no {file} yet."
    reason = f"{file} is damaged ({error})."
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        reason = f"{file} is damaged."
    elif isinstance(error, ValidationError):
        is_object = all(detail["type"] != "model_type" for detail in error.errors())
        model = RunConfig if file == "config.json" else State
        reason = " ".join(error_messages(error, model).values()) if is_object else f"{file} is damaged."
    return f"The run {run.id} cannot be read: {reason}"
