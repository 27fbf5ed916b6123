"""Whether a run that finished has only finite numbers, and one that failed says why."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from aecore.config.run_config import RunConfig
from aecore.runs.execute import run_training
from aecore.runs.store import Store

#: Reasons of failures that are the fault of the settings, in words.
EXPECTED = re.compile(r"not finite")


def problem_of_run(store: Store, config: RunConfig) -> tuple[str, str]:
    """Train a config, and return the run's status and what is wrong with it; the latter is empty if nothing is.

    The run's folder is deleted.
    """
    run = store.create(config)
    state = run_training(run)
    try:
        if state.status == "failed":
            return state.status, "" if EXPECTED.search(state.reason) else state.reason
        results = [run.results(name) for name in ("baseline", "scores")]
        if None in results:
            return state.status, "results are missing"
        records = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
        losses = [record.get(name, {}) for record in records for name in ("train", "validation")]
        bad = [name for name, value in _numbers([losses, results]) if not _is_finite(value)]
        return state.status, f"not finite: {', '.join(bad)}" if bad else ""
    finally:
        store.delete(run)


def _numbers(tree: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers of a tree, each with the last name above it."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _numbers(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from _numbers(value, name)
    else:
        yield name, tree


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)  # JSON stores what is not finite as null
