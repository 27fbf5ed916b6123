"""The texts of the live views: label, progress, metrics, and what is shown before the first images."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableRun
from aecore.runs.files.state import State
from aecore.runs.run import Run
from aecore.utils.settings import cores, settings
from aecore.workers.sharing import time_left
from pages.parts.runs import metrics_table, state_label
from pages.parts.shell import resources

SECONDS_BETWEEN_LISTINGS = 1.0


@dataclass
class _Trainings:
    """The seconds left of each run in training, as if it were alone; read at most once a second for all."""

    seconds_left: dict[str, float | None] = field(default_factory=dict)  # by run id; None while it is unknown
    workers: int = 1
    read_at: float = float("-inf")

    def refresh(self) -> None:
        if time.monotonic() - self.read_at > SECONDS_BETWEEN_LISTINGS:
            training = [entry for entry in resources.store().entries() if entry.state.status == "training"]
            self.seconds_left = {entry.run.id: _seconds_left(entry.run, entry.state) for entry in training}
            self.workers, self.read_at = settings().slots, time.monotonic()


_trainings = _Trainings()


@dataclass(frozen=True)
class Sharing:
    """The other runs in training, which share the workers with a run."""

    others: tuple[float | None, ...]  # the seconds left of each, as if it were alone; None where it is unknown
    workers: int
    on_cluster: bool = False  # where the runs are distributed in a way that is not known here

    @property
    def is_shared(self) -> bool:
        """Whether runs take turns, because there are more of them than workers."""
        return len(self.others) >= (1 if self.on_cluster else self.workers)


def sharing(run: Run, state: State) -> Sharing:
    """The other runs in training while this one trains."""
    if state.status != "training":
        return Sharing((), 1)
    _trainings.refresh()
    others = (seconds for run_id, seconds in _trainings.seconds_left.items() if run_id != run.id)
    return Sharing(tuple(others), _trainings.workers, on_cluster=settings().ray is not None)


def _seconds_left(run: Run, state: State) -> float | None:
    live = run.live()
    with suppress(KeyError, TypeError):  # before the first step, or written by another version
        return min(live.metrics["seconds_left"], _seconds_allowed(live.metrics, state)) if live else None
    return None


def _seconds_allowed(metrics: dict[str, Any], state: State) -> float:
    """The seconds for which a run may train on."""
    return math.inf if state.max_seconds is None else max(0.0, state.max_seconds - metrics["seconds"])


def queue_position(run: Run, state: State) -> int | None:
    """As `state_label.queue_position`; None where the queue cannot be read."""
    with suppress(OSError, UnreadableRun):
        return state_label.queue_position(run, state)
    return None


def label(run: Run, state: State, position: int | None, sharing: Sharing) -> str:
    """The run's state in words: `Training, sharing 2 cores with 11 others`."""
    text = state_label.state_text(run, state, position)
    if state.status != "training" or not (sharing.is_shared or sharing.on_cluster):
        return text
    others = len(sharing.others)
    with_others = f"with {others} other{'s' if others > 1 else ''}"
    if sharing.on_cluster:
        return f"{text} on the Ray cluster {with_others if others else ''}".rstrip()
    return f"{text}, sharing {_cores()} {with_others}"


def current_label(run: Run, state: State) -> str:
    """The label of a run in that state now."""
    return label(run, state, queue_position(run, state), sharing(run, state))


@cache
def _cores() -> str:
    count = cores()
    return "1 core" if count == 1 else f"{count} cores"


def progress(metrics: dict[str, Any], config: RunConfig, state: State, sharing: Sharing) -> dict[str, Any]:
    """The fields `progress`, `fraction` and `metrics` of a run in training.

    Raises:
        KeyError, TypeError: a metric is missing or is no number.
    """
    position = config.training.length.progress_text(metrics["step"], metrics["epoch"])
    return {
        "progress": " · ".join(filter(None, (position, _time_left(metrics, state, sharing)))),
        "fraction": round(min(1.0, metrics["step"] / metrics["steps"]), 4),
        "metrics": metrics_table.live_metrics(metrics, config),
    }


def _time_left(metrics: dict[str, Any], state: State, sharing: Sharing) -> str:
    """`41 s left`, or how long until the server's limit stops the run; empty where it is unknown."""
    left, allowed = metrics["seconds_left"], _seconds_allowed(metrics, state)
    if left is None or (sharing.is_shared and sharing.on_cluster):
        return ""
    seconds = time_left(min(left, allowed), sharing.others, sharing.workers)
    text = f"{'about ' if sharing.is_shared else ''}{metrics_table.duration(seconds)}"
    return f"{text} left" if left <= allowed else f"stops in {text}, at this server's limit"


def waiting(position: int | None) -> str:
    """The text in place of the images before the first step."""
    if position:
        return "Training starts automatically after the runs ahead of it. You can leave or close this page."
    return "Loading the data and taking the first step …"
