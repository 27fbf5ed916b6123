"""The run that an argument names."""

from __future__ import annotations

from contextlib import suppress

from aecore.errors import InvalidArguments, RunNotFound
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.utils.suggestions import did_you_mean


def find_run(store: Store, text: str) -> Run:
    """Return a run by its id, its name, or the beginning of its id.

    Raises:
        RunNotFound: there is no such run.
        UnreadableRun: it is damaged.
        InvalidArguments: there are several.
    """
    entries = store.entries(max_age=0.0)
    for found in (
        [entry.run for entry in entries if entry.run.id == text],
        [entry.run for entry in entries if entry.state.name == text],
        [entry.run for entry in entries if text and entry.run.id.startswith(text)],
    ):
        if len(found) > 1:
            raise InvalidArguments(f"{text!r} is more than one run: {', '.join(run.id for run in found)}. Give one id.")
        if found:
            return found[0]
    with suppress(RunNotFound):
        damaged = store.get(text)  # entries are readable runs only
        damaged.state(), damaged.config()
    names = [name for entry in entries for name in (entry.run.id, entry.state.name)]
    raise RunNotFound(f"There is no run {text!r}; `python -m aecore runs` lists them.{did_you_mean(text, names)}")
