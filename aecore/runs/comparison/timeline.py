"""Snapshots of several runs on a common axis: optimizer steps, epochs, seconds of training or images seen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Axis = Literal["step", "epoch", "seconds", "images"]

#: The titles of the axes.
AXES: dict[Axis, str] = {"step": "Steps", "epoch": "Epochs", "seconds": "Seconds", "images": "Images seen"}


@dataclass(frozen=True)
class Moment:
    """A step of a training on each axis."""

    step: int
    epoch: float
    seconds: float  # of training, over all resumptions
    images: int  # seen so far, repetitions included


def moments(records: Sequence[dict[str, Any]], steps: Sequence[int], images_per_epoch: int) -> list[Moment]:
    """Locate steps of a run by the last record up to each.

    Args:
        records: the run's metrics, in order.
        steps: the steps to locate.
        images_per_epoch: number of training images.
    """
    recorded, found = [record["step"] for record in records], []
    for step in steps:
        i = bisect_right(recorded, step)
        record: dict[str, Any] = records[i - 1] if i else {}
        epoch = record.get("epoch", 0.0)
        found.append(Moment(step, epoch, record.get("seconds", 0.0), round(epoch * images_per_epoch)))
    return found


def thinned(steps: Sequence[int], most: int) -> list[int]:
    """Return at most `most` of the steps, evenly chosen, with the first and the last; `most` is at least 1."""
    if len(steps) <= most:
        return list(steps)
    if most == 1:
        return [steps[-1]]
    return [steps[round(i * (len(steps) - 1) / (most - 1))] for i in range(most)]
