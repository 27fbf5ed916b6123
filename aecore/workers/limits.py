"""The limits of a server for many: what a visitor may train. The owner of the machine has none."""

from __future__ import annotations

from collections.abc import Iterable

from aecore.config.run_config import RunConfig
from aecore.errors import LimitExceeded
from aecore.runs.listing import Entry
from aecore.runs.run import Run
from aecore.runs.sweeps.plan import SweepPlan
from aecore.training.memory import training_size
from aecore.utils.settings import Limits


def check_continued(run: Run, limits: Limits) -> None:
    """Refuse to continue a run that has trained as long as a visitor may.

    Raises:
        LimitExceeded: the message says what to do.
        UnreadableRun: the run was deleted or is damaged.
    """
    minutes = run.seconds_trained() / 60
    if minutes >= limits.minutes:
        raise LimitExceeded(
            f"This run has trained for {minutes:,.0f} min; this server allows {limits.minutes:,} min. Train a new run."
        )


def check(config: RunConfig, owner: str, entries: Iterable[Entry], limits: Limits) -> None:
    """Refuse a training that exceeds a limit.

    Args:
        config: what is to be trained.
        owner: id of the visitor.
        entries: all runs.
        limits: the limits.

    Raises:
        LimitExceeded: the message names the limit and what to do.
    """
    active = _active(owner, entries)
    if active >= limits.runs:
        raise LimitExceeded(
            f"You have {active} runs queued or in training; this server allows {limits.runs} at a time. Wait for one "
            "to end, or stop one."
        )
    check_size(config, limits)


def check_sweep(plan: SweepPlan, owner: str, entries: Iterable[Entry], limits: Limits, runs: int | None = None) -> None:
    """Refuse a sweep that exceeds a limit; all its runs count at once. See `check`.

    Args:
        plan: the plan.
        owner: id of the visitor.
        entries: all runs.
        limits: the limits.
        runs: number of runs to be queued, of a sweep that continues; default: all.
    """
    active, runs = _active(owner, entries), len(plan.members) if runs is None else runs
    if active + runs > limits.runs:
        others = f" and you have {active} queued or in training" if active else ""
        raise LimitExceeded(
            f"The sweep has {runs} runs{others}; this server allows {limits.runs} at a time. Choose fewer values or "
            "seeds."
        )
    for member in plan.members[: len(plan.values)]:  # the seed changes no size
        check_size(member.config, limits)


def _active(owner: str, entries: Iterable[Entry]) -> int:
    return sum(entry.state.owner == owner and entry.state.active for entry in entries)


def check_size(config: RunConfig, limits: Limits) -> None:
    """Refuse a training that is larger than a visitor's may be, in parameters or in memory.

    Raises:
        LimitExceeded: the message names the limit and what to do.
    """
    parameters, size = training_size(config)
    if parameters > limits.parameters:
        raise LimitExceeded(
            f"The model has {parameters:,} parameters; this server trains at most {limits.parameters:,}. Choose a "
            "smaller network."
        )
    if size > limits.training_mb * 1e6:
        raise LimitExceeded(
            f"The training needs about {size / 1e6:,.0f} MB; this server allows {limits.training_mb:,} MB. Choose a "
            "smaller batch size or network."
        )
