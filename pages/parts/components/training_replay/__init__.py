"""The codes of the same images over the course of a training: a slider and a play button in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pages.parts.components import load

_component = load("training_replay")


def training_replay(
    key: str,
    snapshots: Sequence[Mapping[str, Any]],
    labels: Sequence[int],
    class_names: Sequence[str],
    shapes: Sequence[str],
) -> None:
    """Show the points of each of `snapshots` = {step, epoch, points}, in the colors and shapes of their classes.

    It starts at the last. `points` are (N, 2) positions on one map, and `labels` the N class indices.
    """
    _component(
        key=key, data={"snapshots": snapshots, "labels": labels, "names": list(class_names), "shapes": list(shapes)}
    )
