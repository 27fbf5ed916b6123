"""The sweep that an argument names."""

from __future__ import annotations

from aecore.errors import InvalidArguments, SweepNotFound
from aecore.runs.store import Store
from aecore.runs.sweeps.sweep import Sweep, SweepStore


def find_sweep(store: Store, text: str) -> Sweep | None:
    """Return a sweep by its id, its name, or the beginning of its id; None if a run has that id or name, or nothing.

    Raises:
        InvalidArguments: there are several.
    """
    sweeps = SweepStore(store)
    try:
        return sweeps.get(text)
    except SweepNotFound:
        pass
    listed = sweeps.sweeps()
    if not text or not listed or any(text in (e.run.id, e.state.name) for e in store.entries(max_age=0.0)):
        return None
    for found in (
        [sweep for sweep in listed if sweep.plan().name == text],
        [sweep for sweep in listed if sweep.id.startswith(text)],
    ):
        if len(found) > 1:
            ids = ", ".join(sweep.id for sweep in found)
            raise InvalidArguments(f"{text!r} is more than one sweep: {ids}. Give one id.")
        if found:
            return found[0]
    return None
