"""Background jobs: commands that run in their own process, with their progress and their outcome."""

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

UNEXPECTED_END = "The process ended unexpectedly. Nothing was changed; try again."


@dataclass
class Job:
    """A `python -m` command that prints its progress as JSON lines {"done": ..., "total": ...}.

    If it fails, its last line on standard error is the problem, after `aecore:`.
    """

    command: Sequence[str]
    done: int = 0
    total: int = 0
    problem: str | None = None
    running: bool = True  # or about to run
    waits: bool = False  # for other heavy jobs
    wanted: int = 1  # by how many sessions

    @property
    def share(self) -> float:
        """The share of the work that is done, from 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    def run(self, slots: threading.Semaphore | None) -> None:
        """Run the command to its end, after acquiring one of `slots`."""
        try:
            self.waits = slots is not None
            with slots or nullcontext():
                self.waits = False
                if self.wanted:
                    self._run_command()
        except (OSError, ValueError, KeyError, TypeError):  # the last three: it printed something else than progress
            self.problem = UNEXPECTED_END
        finally:
            self.running = False

    def _run_command(self) -> None:
        command = [sys.executable, "-m", *self.command]
        # A pipe that nobody reads would block the process once it is full.
        with (
            tempfile.TemporaryFile("w+") as errors,
            subprocess.Popen(command, cwd=paths.ROOT, text=True, stdout=subprocess.PIPE, stderr=errors) as process,
        ):
            assert process.stdout
            for line in process.stdout:
                progress = json.loads(line)
                self.done, self.total = progress["done"], progress["total"]
            process.wait()
            errors.seek(0)
            lines = errors.read().strip().splitlines()
        if process.returncode:
            self.problem = (
                lines[-1].removeprefix("aecore: ") if lines and lines[-1].startswith("aecore:") else UNEXPECTED_END
            )


@dataclass
class _Jobs:
    """The server's jobs by name; as many heavy ones run at a time as trainings."""

    by_name: dict[str, Job] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    slots: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(settings().slots))


@st.cache_resource
def _jobs() -> _Jobs:
    return _Jobs()


def job(name: str) -> Job | None:
    """The job of that name on this server, running or ended; None if there is none."""
    return _jobs().by_name.get(name)


def start(name: str, command: Sequence[str], heavy: bool = False) -> None:
    """Start a job, unless one of that name is running; a `heavy` one waits for a free slot."""
    jobs = _jobs()
    with jobs.lock:
        previous = job(name)
        if previous and previous.running and previous.wanted:
            previous.wanted += 1
            return
        started = jobs.by_name[name] = Job(command)
    threading.Thread(target=started.run, args=(jobs.slots if heavy else None,), daemon=True).start()


def withdraw(name: str) -> bool:
    """Take back a request of a job that waits for a free slot, and return whether it waits.

    A job that no session wants any more does not begin.
    """
    jobs = _jobs()
    with jobs.lock:
        waiting = job(name)
        if not (waiting and waiting.running and waiting.waits and waiting.wanted):
            return False
        waiting.wanted -= 1
        return True
