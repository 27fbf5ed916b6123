"""A run that has ended continues from its last checkpoint."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from filelock import Timeout

from aecore.config.run_config import RunConfig
from aecore.optim.length import Length
from aecore.runs.run import Run
from aecore.runs.state import this_process


def checkpoint_position(run: Run, records: Sequence[dict[str, Any]]) -> tuple[int, float]:
    """Return the steps and the epochs of a run's last checkpoint, given its metrics."""
    step = run.model_step() or 0
    return step, next((record["epoch"] for record in reversed(records) if record["step"] <= step), 0.0)


def length_problem(length: Length, done: float) -> str | None:
    """Return why a run cannot continue to a length: it has done as much already; None if it can."""
    if length.total > done:
        return None
    unit = length.kind
    return f"Total {unit} is {length.total:,}, but {round(done, 2):,.9g} {unit} are done; enter a larger number."


def resume_here(run: Run, config: RunConfig) -> None:
    """Prepare a run to be continued by `run_training` in this process.

    Args:
        run: the run.
        config: its settings from now on.

    Raises:
        PermissionError: the run is training or queued, or is a starter model.
        UnreadableRun: the run was deleted or is damaged.
    """
    refusal = PermissionError(f"“{run.state().name}” is queued or in training; stop it first.")
    try:
        with run.training_lock(0):
            if run.state().active:
                raise refusal
            run.request_stop(False)
            run.write_config(config)
            changes = {"ended": None, "reason": "", "crash_step": None, "max_seconds": None}
            run.change_state(status="training", queued=time.time(), **changes, **this_process())
    except Timeout as error:
        raise refusal from error
