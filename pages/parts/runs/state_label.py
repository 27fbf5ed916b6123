"""A run's state as an icon and a few words."""

from __future__ import annotations

from aecore.runs.run import Run
from aecore.runs.state import State
from pages.parts.shell import resources

ICONS = {
    "queued": ":material/hourglass_empty:",
    "training": ":material/progress_activity:",
    "finished": ":material/check_circle:",
    "stopped": ":material/stop_circle:",
    "interrupted": ":material/pause_circle:",
    "failed": ":material/error:",
}


def queue_position(run: Run, state: State) -> int | None:
    """The run's position in the queue, from 1; None if it is not queued, or if it starts next. It reads all runs."""
    return resources.queue().position(run) if state.status == "queued" else None


def state_text(run: Run, state: State, position: int | None) -> str:
    """`Queued, position 2` or `Stopped at step 1,200`; `position` as `queue_position` returns it."""
    if state.status == "queued":
        return f"Queued, position {position}" if position else "About to start"
    step = run.model_step() if state.status in ("stopped", "interrupted") else None
    return f"{state.status.capitalize()} at step {step:,}" if step else state.status.capitalize()
