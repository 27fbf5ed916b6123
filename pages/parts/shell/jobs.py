"""Work in a process of its own, so that nothing holds the server: how far it is, and how it ended."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

import streamlit as st

from aecore.utils.settings import settings
from pages.parts.shell import paths

UNKNOWN = "It ended unexpectedly. Nothing was changed; try again."


@dataclass
class Job:
    """A `python -m` command that prints {"done": ..., "total": ...} as JSON lines, and a problem after `aecore:`."""

    command: Sequence[str]
    done: int = 0
    total: int = 0
    problem: str | None = None
    running: bool = True  # or about to
    waits: bool = False  # for others to end

    @property
    def share(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 0.0

    def run(self, place: threading.Semaphore | None) -> None:
        """Follow the command to its end, once there is a place for it."""
        try:
            self.waits = place is not None
            with place or nullcontext():
                self.waits = False
                self._follow()
        except (OSError, ValueError, KeyError, TypeError):  # the last three: what it printed is no report
            self.problem = UNKNOWN
        finally:
            self.running = False

    def _follow(self) -> None:
        command = [sys.executable, "-m", *self.command]
        # A pipe that nobody reads would hold up whoever writes much to it.
        with (
            tempfile.TemporaryFile("w+") as errors,
            subprocess.Popen(command, cwd=paths.ROOT, text=True, stdout=subprocess.PIPE, stderr=errors) as process,
        ):
            assert process.stdout
            for line in process.stdout:
                report = json.loads(line)
                self.done, self.total = report["done"], report["total"]
            process.wait()
            errors.seek(0)
            told = errors.read().strip().splitlines()
        if process.returncode:
            self.problem = told[-1].removeprefix("aecore: ") if told and told[-1].startswith("aecore:") else UNKNOWN


@dataclass
class _Jobs:
    """The server's jobs by name; as many heavy ones at a time as trainings."""

    known: dict[str, Job] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(settings().slots))


@st.cache_resource
def _jobs() -> _Jobs:
    return _Jobs()


def job(name: str) -> Job | None:
    """The job of that name, running or ended; one for the whole server."""
    return _jobs().known.get(name)


def begin(name: str, command: Sequence[str], heavy: bool = False) -> None:
    """Start a job, unless one of that name runs already; a `heavy` one waits until few enough others are."""
    jobs = _jobs()
    with jobs.lock:
        before = job(name)
        if before and before.running:
            return
        started = jobs.known[name] = Job(command)
    threading.Thread(target=started.run, args=(jobs.places if heavy else None,), daemon=True).start()
