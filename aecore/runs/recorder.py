"""Recording of a training: metrics, snapshots, the live view and checkpoints, each at its own interval."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.pixels import to_stored
from aecore.optim.length import steps_per_epoch
from aecore.runs.run import Examples, Run
from aecore.training.train import Progress
from aecore.training.trainer import CODES_PER_SNAPSHOT, example_inputs

SECONDS_BETWEEN_LIVE = 0.2
SECONDS_BEFORE_FIRST_CHECKPOINT = 0.5
SECONDS_BETWEEN_CHECKPOINTS = 2.0  # what a killed process loses at most
CHECKPOINT_SHARE = 0.05  # of the training time; checkpoints of large models come less often
MAX_SECONDS_BETWEEN_CHECKPOINTS = 10.0  # of training
PACE_WINDOW = 20.0  # seconds of training; several validations fit into it
METRIC_LINES = 600  # approximate number in a run; by step, so that equal runs write equal lines
EARLY_STEPS = 20  # all recorded, since the loss falls fastest there


class Stopwatch:
    """The time spent in one training, without the time in which its process does something else.

    Args:
        seconds: the time spent before, so that the clock continues across resumptions.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self._zero = time.monotonic() - seconds

    @property
    def seconds(self) -> float:
        """The time so far."""
        return time.monotonic() - self._zero

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count the time inside."""
        paused_at = time.monotonic()
        yield
        self._zero += time.monotonic() - paused_at


class Pace:
    """The recent speed of a training, validation and writing included."""

    def __init__(self) -> None:
        self._marks: deque[tuple[int, float]] = deque()  # step and time on the clock, oldest first

    def seconds_per_step(self, step: int, seconds: float) -> float | None:
        """Return the mean over about the last `PACE_WINDOW` seconds; None before the second call.

        Args:
            step: steps done.
            seconds: time on the training's clock.
        """
        self._marks.append((step, seconds))
        while len(self._marks) > 2 and self._marks[1][1] <= seconds - PACE_WINDOW:
            self._marks.popleft()
        first_step, first_seconds = self._marks[0]
        return (seconds - first_seconds) / (step - first_step) if step > first_step else None


class Recorder:
    """Writes one training to its run folder."""

    def __init__(self, run: Run, config: RunConfig, data: Data, clock: Stopwatch) -> None:
        self.run, self.clock = run, clock
        run.write_examples(_examples(config, data))
        per_epoch = steps_per_epoch(len(data.training), config.training.batch_size)
        self.stride = max(1, config.training.length.total_steps(per_epoch) // METRIC_LINES)
        self._live_at = -math.inf
        # Intervals are in real time, so that a run among many others does not wait longer for its checkpoint.
        self._checkpoint_due = time.monotonic() + SECONDS_BEFORE_FIRST_CHECKPOINT
        self._checkpoint_affordable = 0.0  # time on the clock from which the next checkpoint keeps to its share
        self._checkpoint_cost = MAX_SECONDS_BETWEEN_CHECKPOINTS * CHECKPOINT_SHARE  # seconds
        self._pace = Pace()
        self._temporary_snapshot: int | None = None  # step of the last checkpoint's, removed after the next one
        self._unwritten: list[Progress] = []  # their losses are read late: an accelerator would have to be waited for

    def record(self, progress: Progress) -> None:
        """Write what is due at this step. Raises OSError."""
        self._unwritten.append(progress)
        now = time.monotonic()
        if progress.step <= EARLY_STEPS or progress.step % self.stride == 0 or progress.ends_epoch:
            self._write_metrics(progress)
        if progress.milestone:
            self.run.write_snapshot(progress.snapshot())
        if now - self._live_at >= SECONDS_BETWEEN_LIVE:
            self._write_live(progress)
            self._live_at = now
        if now >= self._checkpoint_due and self.clock.seconds >= self._checkpoint_affordable:
            began = self.clock.seconds
            self._write_checkpoint(progress)
            ended = self.clock.seconds
            # On a busy machine some take much longer than they cost.
            self._checkpoint_cost = min(self._checkpoint_cost, ended - began)
            self._checkpoint_affordable = ended + self._checkpoint_cost / CHECKPOINT_SHARE
            self._checkpoint_due = time.monotonic() + SECONDS_BETWEEN_CHECKPOINTS

    def write_first_checkpoint(self, progress: Progress) -> None:
        """Write a checkpoint if there is none yet, before something that takes long."""
        if self.run.model_step() is None:
            self._write_checkpoint(progress)

    def close(self, progress: Progress) -> None:
        """Write the last step of the training; the checkpoint first, since it matters most on a full disk."""
        self._write_checkpoint(progress)
        if self._unwritten:
            self._write_metrics(progress)
        self._write_live(progress)

    def _write_checkpoint(self, progress: Progress) -> None:
        """Write a checkpoint and a snapshot of the same step, so that a replay ends where the training did."""
        self.run.write_checkpoint(progress.checkpoint())
        if self._temporary_snapshot is not None:
            with suppress(PermissionError):  # on Windows, while a page reads it; one snapshot more does no harm
                self.run.remove_snapshot(self._temporary_snapshot)
        self._temporary_snapshot = None if progress.milestone else progress.step
        if not progress.milestone:
            self.run.write_snapshot(progress.snapshot())

    def _write_metrics(self, progress: Progress) -> None:
        losses = [progress.losses for progress in self._unwritten]
        means = {name: sum(values[name] for values in losses) / len(losses) for name in losses[0]}
        record = {
            "step": progress.step,
            "epoch": progress.epoch,
            "train": means,
            "learning_rate": progress.learning_rate,
            "images_per_second": round(progress.images_per_second, 1),
            "seconds": round(self.clock.seconds, 3),
        }
        self.run.append_metrics(record | ({"validation": progress.validation} if progress.validation else {}))
        self._unwritten = []

    def _write_live(self, progress: Progress) -> None:
        pace = self._pace.seconds_per_step(progress.step, self.clock.seconds)
        metrics = {
            "step": progress.step,
            "steps": progress.steps,
            "epoch": progress.epoch,
            # If the run trained alone; None at the first step.
            "seconds_left": None if pace is None else pace * (progress.steps - progress.step),
            "losses": progress.losses,
            "learning_rate": progress.learning_rate,
            "images_per_second": progress.images_per_second,
            "seconds": self.clock.seconds,
        }
        with suppress(PermissionError):  # on Windows, while a page reads the last one; the next one follows
            self.run.write_live(metrics, progress.preview())


def _examples(config: RunConfig, data: Data) -> Examples:
    originals, labels = data.test.images[data.examples()], data.test.labels[:CODES_PER_SNAPSHOT]
    if config.corruption.does_nothing:
        return Examples(originals, labels)
    return Examples(originals, labels, to_stored(example_inputs(config, data), config.has_images))
