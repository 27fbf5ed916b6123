"""Work in a process of its own, so that nothing holds the server: how far it is, and how it ended."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.parts import frame

UNKNOWN = "It ended unexpectedly. Nothing was changed; try again."


@dataclass
class Job:
    """A `python -m` command that prints {"done": ..., "total": ...} as JSON lines, and a problem after `aecore:`."""

    command: Sequence[str]
    done: int = 0
    total: int = 0
    problem: str | None = None
    running: bool = True

    @property
    def share(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 0.0

    def run(self) -> None:
        try:
            self._follow()
        except (OSError, ValueError):
            self.problem = UNKNOWN
        self.running = False

    def _follow(self) -> None:
        command = [sys.executable, "-m", *self.command]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, cwd=frame.ROOT, text=True, **pipes) as process:
            assert process.stdout
            assert process.stderr
            for line in process.stdout:
                report = json.loads(line)
                self.done, self.total = report["done"], report["total"]
            told = process.stderr.read().strip().splitlines()
        if process.returncode:
            self.problem = told[-1].removeprefix("aecore: ") if told and told[-1].startswith("aecore:") else UNKNOWN


@st.cache_resource
def _jobs() -> dict[str, Job]:
    return {}


def job(name: str) -> Job | None:
    """The job of that name, running or ended; one for the whole server."""
    return _jobs().get(name)


def begin(name: str, command: Sequence[str]) -> None:
    """Start a job, unless one of that name runs already."""
    before = job(name)
    if before and before.running:
        return
    started = _jobs()[name] = Job(command)
    threading.Thread(target=started.run, daemon=True).start()
