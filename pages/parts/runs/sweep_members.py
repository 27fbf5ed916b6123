"""The runs of a sweep where runs are listed: together, and named by the value that varies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aecore.errors import SweepNotFound, UnreadableSweep
from aecore.runs.files.state import State
from pages.parts.shell import resources


@dataclass(frozen=True)
class SweepMembers:
    """A sweep, and those of its runs that are listed."""

    name: str
    created: float  # seconds since 1970
    labels: dict[str, str]  # by run id, in the order of training: `latent 8, seed 0`


def sweep_members(states: Mapping[str, State]) -> dict[str, SweepMembers]:
    """The sweeps of the runs, by id; runs whose sweep was deleted or is damaged are listed like any other."""
    found = {}
    for sweep_id in dict.fromkeys(state.sweep for state in states.values() if state.sweep):
        try:
            sweep = resources.sweeps().get(sweep_id)
            plan = sweep.plan()
        except (SweepNotFound, UnreadableSweep):
            continue
        labels = {sweep.run_id(member): plan.member_label(member) for member in plan.members}
        listed = {run_id: label for run_id, label in labels.items() if run_id in states}
        if listed:
            found[sweep_id] = SweepMembers(plan.name, plan.created, listed)
    return found
