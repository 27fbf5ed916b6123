"""What a section of the Features page is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aecore.config.run_config import RunConfig
from aecore.runs.run import Run


def _always(_: RunConfig) -> bool:
    return True


@dataclass(frozen=True)
class Section:
    """A section of the page. To add one, write a module with such a record and list it in `SECTIONS`."""

    title: str  # in the control that selects a section, and in the address
    draw: Callable[[Run, RunConfig], None]  # for a run that has ended
    available: Callable[[RunConfig], bool] = _always  # whether it fits the run's dataset
    lesson: str = "features"
