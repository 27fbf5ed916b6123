"""A server of the app for tests, in its own process, with its own port and home, and without network access."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from aecore.config.run_config import RunConfig
from aecore.runs.run import Run
from aecore.runs.store import Store

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 90
SECONDS_TO_END = 30


def free_port() -> int:
    """A free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """The app on a home folder. `start` after `kill` uses the same home and address again."""

    def __init__(self, home: Path, address: str = "127.0.0.1", **environment: str) -> None:
        self.home, self.address, self.environment = home, address, environment
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = Store(home / "runs")
        self.log = home.parent / f"{home.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """Start the server and wait until it answers."""
        unreachable = f"http://127.0.0.1:{free_port()}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AECORE_")}
        environment |= {
            "AECORE_HOME": str(self.home),
            "AECORE_SLOTS": "1",
            "AECORE_MNIST_MIRROR": unreachable,
            # The app under test has no network access, whatever the machine has.
            **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), unreachable),
            **self.environment,
        }
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
        command += [f"--server.address={self.address}", f"--server.port={self.port}"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            assert self._process.poll() is None, f"the server ended:\n{self.log_text()}"
            assert time.monotonic() < deadline, f"the server did not start:\n{self.log_text()}"
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        """Kill the server without a warning, as a power cut does."""
        assert self._process
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(SECONDS_TO_END)

    def stop(self) -> None:
        """Terminate the server as Ctrl-C does."""
        assert self._process
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                self.kill()

    def log_text(self) -> str:
        """What the server wrote to its terminal."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def newest_run(self) -> Run:
        """The newest run that is not a starter model."""
        return self.store.runs()[0]

    def create(self, config: RunConfig, name: str) -> Run:
        """Queue a run, as the command line or another visitor does."""
        return self.store.create(config, name)

    def adopt(self, run: Run, name: str) -> Run:
        """Copy a trained run into the store, under a new name."""
        folder = self.store.root / f"20260101-000000-{len(self.store.runs()):06x}"
        incomplete = Run(self.store.root / f".{folder.name}")  # no visitor sees it under its old name
        shutil.copytree(run.folder, incomplete.folder)
        incomplete.change_state(name=name)
        return Run(incomplete.folder.rename(folder))

    def active(self) -> list[Run]:
        """The queued and training runs."""
        return [run for run in self.store.runs() if run.state().active]

    def _answers(self) -> bool:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                f"{self.url}/_stcore/health", timeout=1
            ) as response:
                return bool(response.status == 200)
        except OSError:
            return False
