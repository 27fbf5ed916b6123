"""What the live views of a run show. The run's files are read once per change, however many browsers watch."""

from __future__ import annotations

import math
import os
import threading
import time
from bisect import bisect_right
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
import torch

from aecore.config.run_config import RunConfig
from aecore.images import Pixels, tile, to_pixels, to_png
from aecore.runs.files.metrics import RecordsTail
from aecore.runs.files.state import State
from aecore.runs.run import Live, Run
from aecore.training.diagnostics import diagnose
from aecore.utils.file_cache import Signature, file_signature
from aecore.utils.strict_json import to_json
from pages.parts.runs import live_text
from pages.parts.runs.live_text import Sharing
from pages.parts.runs.loss_chart import alt_text, baseline_level, loss_unit, record_row, sampled
from pages.parts.server.load import STARTING, STEADY
from pages.parts.shell import resources

SECONDS_BETWEEN_CHECKS = 0.1  # of a run's files
SECONDS_BETWEEN_DIAGNOSES = 2.0
MAX_RUNS = 64
FILES = ("live.safetensors", "examples.safetensors", "baseline.json", "metrics.jsonl", "snapshots")
EXAMPLES = 10  # see `Data.examples`
SECONDS_OF_CHANGE = 10.0  # of a training, in which its images change from one look to the next
SECONDS_KEPT = 15.0  # after the last request for a run


class LiveRun:
    """One run as its live views show it."""

    def __init__(self, run: Run) -> None:
        self.run, self.status, self.label = run, "", ""
        self.used = time.monotonic()
        self._checked = -math.inf
        self._lock = threading.Lock()
        self._shown: tuple[State, Sharing, int | None] | None = None
        self._signatures: dict[str, Signature | None] = {}
        self._tail = RecordsTail(run.folder / "metrics.jsonl")
        self._rows: list[str] = []  # JSON of each record
        self._live: Live | None = None
        self._fixed: dict[str, Pixels] = {}  # rows of images that stay the same
        self._baseline: dict[str, Any] | None = None
        self._snapshot: int | None = None  # step of the last one
        self._diagnoses: tuple[float, list[str]] = (-math.inf, [])  # when they were made
        self._state_json = self._json = ""  # objects without their closing brace
        self._png: tuple[Live, bytes] | None = None

    @property
    def fresh(self) -> bool:
        """Whether `update` has nothing to do, because the files were checked a moment ago."""
        return time.monotonic() - self._checked < SECONDS_BETWEEN_CHECKS

    @property
    def phase(self) -> str:
        """The status, or one of `load.SHORTEST` that says more about it."""
        if self.status == "queued":  # without a position, a worker is about to begin it
            return STARTING if self._shown is not None and self._shown[2] is None else self.status
        if self.status != "training":
            return self.status
        if self._live is None:
            return STARTING
        seconds = self._live.metrics.get("seconds", 0.0)  # absent or of another type if another version wrote it
        return STEADY if isinstance(seconds, float) and seconds > SECONDS_OF_CHANGE else self.status

    def update(self) -> None:
        """Read what has changed.

        Raises:
            UnreadableRun: the run was deleted, or its settings or its state are damaged.
        """
        with self._lock:
            if not self.fresh:
                self._update(self.run.state(), self.run.config())
                self._checked = time.monotonic()

    def state_json(self, interval: float) -> bytes:
        """The status, its label and the step of the last snapshot; the next request is due in `interval` seconds."""
        return f'{self._state_json}, "interval": {interval}}}'.encode()

    def json(self, since: int, interval: float) -> bytes:
        """All that the live view shows, with the records after the step `since`.

        If there is no record of that step, a resumption has removed it: then all records are sent, at most about twice
        `loss_chart.MAX_POINTS` of them.
        """
        with self._lock:
            records, rows = self._tail.records, self._rows
            first = bisect_right(records, since, key=lambda record: record["step"])
            reset = since > 0 and not (first and records[first - 1]["step"] == since)
            shown = [rows[i] for i in sampled(records)] if reset or since <= 0 else rows[first:]
            step = records[-1]["step"] if records else 0
            return (
                f'{self._json}, "step": {step}, "reset": {to_json(reset)}, "records": [{", ".join(shown)}], '
                f'"interval": {interval}}}'
            ).encode()

    def png(self) -> bytes | None:
        """The sheet of the example images, one row each of originals, noisy inputs and latest reconstructions.

        None before the first step, or if they do not fit together.
        """
        with self._lock:
            live, fixed = self._live, self._fixed
            if live is None or not fixed:
                return None
            if self._png is None or self._png[0] is not live:
                images = [*fixed.values(), to_pixels(live.reconstructions)]
                with suppress(ValueError):
                    self._png = live, to_png(tile(np.concatenate(images), len(images[0])))
            return self._png[1] if self._png else None

    def _update(self, state: State, config: RunConfig) -> None:
        changed = {file for file in FILES if self._changed(file)}
        if "live.safetensors" in changed:
            self._live = self.run.live()
        if "examples.safetensors" in changed:
            self._fixed = _fixed_rows(self.run)
        if "baseline.json" in changed:
            self._baseline = baseline_level(self.run.results("baseline"), config)
        if "snapshots" in changed:
            self._snapshot = max(self.run.snapshot_steps(), default=None)
        if "metrics.jsonl" in changed:
            unchanged = self._tail.read()
            self._rows[unchanged:] = [to_json(record_row(record)) for record in self._tail.records[unchanged:]]
        sharing, position = live_text.sharing(self.run, state), live_text.queue_position(self.run, state)
        if changed or self._shown != (state, sharing, position):
            self._shown = state, sharing, position
            self._write_json(state, config, sharing, position)

    def _write_json(self, state: State, config: RunConfig, sharing: Sharing, position: int | None) -> None:
        live = self._live  # of a queued run: from before its process ended, or before it was continued
        self.status, self.label = state.status, live_text.label(self.run, state, position, sharing)
        fields: dict[str, Any] = {"status": self.status, "label": self.label, "snapshot": self._snapshot}
        self._state_json = to_json(fields)[:-1]
        fields |= {"progress": "", "fraction": 0.0, "metrics": [], **self._images(live if self._fixed else None)}
        if live:
            with suppress(KeyError, TypeError, ValueError):  # written by another version
                fields |= live_text.progress(live.metrics, config, state, sharing)
        if state.status != "training":
            fields["progress"] = ""
        fields["message"] = live_text.waiting(position) if state.active and not fields["sheet"] else None
        fields |= {"diagnoses": self._diagnose(config, live) if live else [], "baseline": self._baseline}
        fields["alt"] = alt_text(self._tail.records, loss_unit(config))
        self._json = to_json(fields)[:-1]

    def _images(self, live: Live | None) -> dict[str, Any]:
        """Where the browser finds the sheet of images, and its layout; `live` is None while there is no sheet."""
        count, height, width, _ = next(iter(self._fixed.values())).shape if self._fixed else (0, 0, 0, 0)
        sheet = f"live/{self.run.id}.png?step={live.metrics.get('step', 0)}" if live else None
        rows = [*self._fixed, "reconstruction"] if live else []
        return {"sheet": sheet, "rows": rows, "columns": count, "tile": [height, width]}

    def _diagnose(self, config: RunConfig, live: Live) -> list[str]:
        made, diagnoses = self._diagnoses
        if time.monotonic() - made > SECONDS_BETWEEN_DIAGNOSES:
            diagnoses = diagnose(config, self._tail.records, live.reconstructions)
            self._diagnoses = time.monotonic(), diagnoses
        return diagnoses

    def _changed(self, file: str) -> bool:
        """Whether a file was written since the last call."""
        try:
            status = os.stat(self.run.folder / file)
        except OSError:
            return self._signatures.pop(file, ()) != ()
        signature = file_signature(status)
        unchanged = signature is not None and self._signatures.get(file) == signature
        self._signatures[file] = signature
        return not unchanged


class LiveRuns:
    """The runs that browsers watch, each read once for all; those that nobody asks for are dropped."""

    def __init__(self) -> None:
        self._runs: OrderedDict[Path, LiveRun] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, run_id: str) -> LiveRun:
        """Return a run; `update` it before use. Raises RunNotFound."""
        run = resources.store().get(run_id)
        with self._lock:
            live = self._runs.setdefault(run.folder, LiveRun(run))
            live.used = time.monotonic()
            self._runs.move_to_end(run.folder)
            while len(self._runs) > MAX_RUNS:
                self._runs.popitem(last=False)
        return live

    def drop_unused(self) -> int:
        """Drop the runs that nobody asked for lately, and return how many these were."""
        before = time.monotonic() - SECONDS_KEPT
        with self._lock:
            unused = [folder for folder, live in self._runs.items() if live.used < before]
            for folder in unused:
                del self._runs[folder]
        return len(unused)


@st.cache_resource(show_spinner=False)
def live_runs() -> LiveRuns:
    """The server's live runs."""
    return LiveRuns()


def live_run(run: Run) -> LiveRun:
    """A run as its live views show it now. Raises UnreadableRun or RunNotFound."""
    live = live_runs().get(run.id)
    live.update()
    return live


def live_layout(config: RunConfig) -> dict[str, Any]:
    """The layout of the sheet of a run that has not started, so that the browser can leave room for it."""
    _, height, width, _ = to_pixels(torch.zeros(1, *config.dataset.input_shape)).shape
    noisy = [] if config.corruption.does_nothing else ["noisy"]
    return {"rows": ["original", *noisy, "reconstruction"], "columns": EXAMPLES, "tile": (height, width)}


def _fixed_rows(run: Run) -> dict[str, Pixels]:
    """The rows of example images above the reconstructions, by label; empty while there are none."""
    examples = run.examples()
    if examples is None:
        return {}
    noisy = {} if examples.noisy is None else {"noisy": to_pixels(examples.noisy)}
    return {"original": to_pixels(examples.originals), **noisy}
