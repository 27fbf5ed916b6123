"""Continuation of a run that has ended: from where, how far, with which settings, and the learning rate then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aecore.config.run_config import RunConfig, changes
from aecore.errors import IncompatibleSettings
from aecore.optim.length import Length

MAX_RATE_CHANGE = 1.5  # factor by which the learning rate may change without a word


def epochs_at(step: int, records: Sequence[dict[str, Any]]) -> float:
    """Return the epochs done at a step, given a run's metrics; 0 before the first record."""
    return next((record["epoch"] for record in reversed(records) if record["step"] <= step), 0.0)


def length_problem(length: Length, done: float) -> str | None:
    """Return why a run cannot continue to a length: it has done as much already; None if it can."""
    if length.total > done:
        return None
    unit = length.kind
    return f"Total {unit} is {length.total:,}, but {round(done, 2):,.9g} {unit} are done; enter a larger number."


def check_resumable(before: RunConfig, after: RunConfig, step: int) -> None:
    """Raise `IncompatibleSettings` if a run cannot continue from a checkpoint with changed settings.

    Its progress is a number of steps, so an epoch must keep its number of steps and its images. The model keeps its
    weights.

    Args:
        before: the settings of the checkpoint.
        after: the settings to continue with.
        step: the step of the checkpoint.
    """
    for path, value in changes(before, after):
        if path[0] == "dataset" or path == ("training", "batch_size"):
            title = setting_title(after, path)
            raise IncompatibleSettings(
                f"{title} is {_text(value)}; the first {step:,} steps of this run were trained with "
                f"{_text(_value(before, path))}, and a run that continues keeps its data and batch size. Train a new "
                "run instead.",
                *path,
            )
    if _weight_shapes(before) != _weight_shapes(after):
        raise IncompatibleSettings(
            f"These settings give another model, which cannot have the weights of the first {step:,} "
            f"step{'s' if step > 1 else ''} of this run. Train a new run instead.",
            "network",
        )


def _weight_shapes(config: RunConfig) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in config.build_model("meta").state_dict().items()}


def rate_change(before: RunConfig, after: RunConfig, step: int, records: Sequence[dict[str, Any]]) -> str | None:
    """Return what happens to the learning rate when a run continues; None if it goes on about as planned.

    Args:
        before: the settings so far.
        after: the settings to continue with.
        step: steps done, at least 1.
        records: the run's metrics.
    """
    ends = [r for r in records if r.get("validation") and r["step"] <= step and r["epoch"] % 1 == 0]  # of epochs
    history = [r["validation"]["loss"] for r in ends]
    last, following = learning_rates(before, after, step, history)
    same_step = _learning_rate(after, step - 1, history)  # equal: the schedule goes on as planned
    if any(min(rate, last) * MAX_RATE_CHANGE >= max(rate, last) for rate in (following, same_step)):
        return None
    change = f"The learning rate was {last:.2g} and continues at {following:.2g}"
    if after.training.learning_rate != before.training.learning_rate:
        return f"{change}."
    schedule = before.training.schedule.title
    return f"{change}: {schedule} follows the new total, as if the training had been that long from the start."


def learning_rates(before: RunConfig, after: RunConfig, step: int, history: Sequence[float]) -> tuple[float, float]:
    """Return the learning rates of the last step, with the settings before, and of the next one, with those after.

    Args:
        before: the settings so far.
        after: the settings to continue with.
        step: steps done, at least 1.
        history: validation loss of each completed epoch.
    """
    return _learning_rate(before, step - 1, history), _learning_rate(after, step, history)


def _learning_rate(config: RunConfig, step: int, history: Sequence[float]) -> float:
    training = config.training
    per_epoch = config.steps_per_epoch
    steps = training.length.total_steps(per_epoch)
    return training.schedule.learning_rate(training.learning_rate, step, steps, per_epoch, history, training.warmup)


def setting_title(config: RunConfig, path: tuple[str, ...]) -> str:
    """Return the title of a setting as in forms; the kind of an option has the title of its group."""
    *groups, name = path[:-1] if path[-1] == "kind" else path
    model: Any = config
    for group in groups:
        model = getattr(model, group)
    return str(type(model).model_fields[name].title)


def _value(config: RunConfig, path: tuple[str, ...]) -> Any:
    value: Any = config
    for name in path:
        value = getattr(value, name)
    return getattr(value, "kind", value)


def _text(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else "all" if value is None else str(value)
