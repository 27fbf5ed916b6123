"""The queue's side of a worker: it starts the process, gives it runs, and learns from its marker what it trains."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from aecore.runs.run import Run
from aecore.workers.marker import Marker


class WorkerProcess:
    """A worker process on this machine.

    Args:
        root: the folder of the run folders; the log and the marker are in it.
        on_end: called from another thread when a run has ended.
        module: the module that the process executes.

    Raises:
        OSError: the process cannot be started.
    """

    def __init__(self, root: Path, on_end: Callable[[], None], module: str) -> None:
        with open(root / ".workers.log", "a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(root)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=Path(__file__).parents[2],  # where `aecore` is importable, installed or not
                start_new_session=True,  # Ctrl-C in the server's terminal must not reach it before the server
            )
        self.marker = Marker(root, self._process.pid)
        self.marker.remove()  # of an earlier process with this pid
        self.runs: list[Run] = []
        self.idle_since = time.monotonic()
        self._ended: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read_output, args=(on_end,), daemon=True).start()

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    def assign(self, run: Run) -> None:
        """Give it a run to train."""
        self.runs.append(run)
        with suppress(OSError):  # it has died, which the queue notices
            assert self._process.stdin
            self._process.stdin.write(f"{run.folder}\n")
            self._process.stdin.flush()

    def release_ended(self) -> None:
        """Forget the runs that have ended."""
        while not self._ended.empty():
            run_id = self._ended.get()
            self.runs = [run for run in self.runs if run.id != run_id]
            self.idle_since = time.monotonic()

    def kill(self) -> None:
        """Kill the process and wait for its end."""
        self._process.kill()
        self._process.wait()

    def request_exit(self) -> None:
        """Ask it to put its runs back into the queue and to exit."""
        with suppress(OSError):
            assert self._process.stdin
            self._process.stdin.close()

    def wait(self, seconds: float) -> None:
        """Wait until it has exited, and kill it after `seconds`."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _read_output(self, on_end: Callable[[], None]) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._ended.put(line.strip())
            on_end()
