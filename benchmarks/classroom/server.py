"""The app's server in a process of its own, with an empty home folder, and what it and its workers use."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil

SECONDS_TO_START = 180
SECONDS_TO_CLOSE = 15


class Server:
    """A running server.

    Args:
        process: the server's.
        port: on 127.0.0.1.
        log: what the server and its workers print.
    """

    def __init__(self, process: psutil.Process, port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def workers(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            return self.process.children(recursive=True)
        return []

    @property
    def cpu_seconds(self) -> float:
        return _cpu_seconds(self.process)

    @property
    def memory(self) -> float:
        """Resident memory in MB."""
        return _memory(self.process)

    @property
    def tracebacks(self) -> int:
        return self.log.read_text(errors="replace").count("Traceback")


class Usage:
    """CPU time and peak memory of a server and its workers from now on; call `update` about once a second."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.server_peak = self.workers_peak = 0.0  # MB
        self.began, self.server_began, self.machine_began = time.monotonic(), server.cpu_seconds, _busy_seconds()
        self._first = {worker: _cpu_seconds(worker) for worker in server.workers()}
        self._last = dict(self._first)

    def update(self) -> None:
        self.server_peak = max(self.server_peak, self.server.memory)
        workers = self.server.workers()
        self.workers_peak = max(self.workers_peak, sum(map(_memory, workers)))
        for worker in workers:
            self._last[worker] = max(self._last.get(worker, 0.0), _cpu_seconds(worker))

    async def update_repeatedly(self) -> None:
        while True:
            self.update()
            await asyncio.sleep(1.0)

    def cores(self) -> tuple[float, float, float]:
        """Mean number of busy cores since the beginning: the server's, its workers', those of all other processes."""
        seconds = max(time.monotonic() - self.began, 1e-9)
        server = (self.server.cpu_seconds - self.server_began) / seconds
        workers = sum(last - self._first.get(worker, 0.0) for worker, last in self._last.items()) / seconds
        machine = (_busy_seconds() - self.machine_began) / seconds
        return server, workers, max(0.0, machine - server - workers)


@contextlib.contextmanager
def running_server(tree: Path) -> Iterator[Server]:
    """Start the server of a checkout; afterwards end every process that it left.

    Args:
        tree: the checkout's folder.

    Raises:
        RuntimeError: the server ended, or did not answer in time; the message has the end of its log.
    """
    with tempfile.TemporaryDirectory(prefix="classroom-", ignore_cleanup_errors=True) as folder:
        home, log, port = Path(folder) / "home", Path(folder) / "log.txt", free_port()
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
        command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
        command += ["--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false"]
        environment = {**os.environ, "AECORE_HOME": str(home), "PYTHONPATH": str(tree)}
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=tree, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            _wait_until_it_answers(process, port, log)
            yield Server(psutil.Process(process.pid), port, log)
        finally:
            end_processes(process, home)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
            return
        time.sleep(0.2)
    raise RuntimeError(f"The server did not start. The end of its log:\n{log.read_text(errors='replace')[-2000:]}")


def end_processes(process: subprocess.Popen[bytes], home: Path) -> None:
    """End a server and every process with its home folder, also those in sessions of their own."""
    try:
        process.terminate()  # the server ends its workers
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_CLOSE)
    finally:  # also after a second Ctrl-C
        process.kill()
        for left in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if left.environ().get("AECORE_HOME") == str(home):
                    left.kill()
        process.wait()


def _cpu_seconds(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _busy_seconds() -> float:
    """CPU time of the machine, all cores together."""
    times = psutil.cpu_times()
    return float(times.user + times.system)


def _memory(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        return float(process.memory_info().rss / 1e6)
    return 0.0
