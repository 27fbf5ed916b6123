"""The start of the server: it binds this machine alone unless asked, asks nobody, and explains invalid settings."""

from __future__ import annotations

import http.client
import os
import select
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from app_server import Server, free_port

ROOT = Path(__file__).parents[3]
HANDSHAKE = {
    "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Origin": "http://other.example",
}  # fmt: skip


@pytest.fixture
def proxy() -> Iterator[socket.socket]:
    """A proxy for all requests of a process to other machines; it only listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_a_headless_start_for_all_asks_nobody(proxy: socket.socket, tmp_path: Path) -> None:
    """Neither at the start, nor when a page of another site connects."""
    url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), url)
    server = Server(tmp_path / "home", "0.0.0.0", **proxies)
    try:
        server.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", "/_stcore/stream", headers=HANDSHAKE)
        assert connection.getresponse().status == 403
        connection.close()
    finally:
        server.stop()
    assert not select.select([proxy], [], [], 0)[0], "a request went to another machine"
    log = server.log_text()
    assert f"Autoencoder Lab is at http://localhost:{server.port}/" in log
    found = [a.address for addresses in psutil.net_if_addrs().values() for a in addresses if a.family == socket.AF_INET]
    others = [address for address in found if not address.startswith(("127.", "169.254."))]
    assert [f"http://{address}:{server.port}/" in log for address in others] == [True] * len(others)


def test_the_default_is_this_machine() -> None:
    options = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert options["server"]["address"] == "localhost"


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    ("arguments", "address"), [([], "localhost"), (["HOST=0.0.0.0"], "0.0.0.0"), (["PORT=8600"], "localhost")]
)
def test_make_run_serves_this_machine_unless_asked(arguments: list[str], address: str) -> None:
    """Whatever HOST a shell exports."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment["HOST"] = "name-of-this-machine"
    command = ["make", "--dry-run", "run", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].endswith(f"--server.address {address}")


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("AECORE_MAX_RUNS", "0", "must be a whole number of 1 or more"),
        ("AECORE_HOME", "~nobody-of-that-name/x", "is not known"),
    ],
)
def test_an_invalid_setting_is_one_sentence(name: str, value: str, part: str) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command.append(f"--server.port={free_port()}")
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {name: value}, capture_output=True, text=True, timeout=90)
    assert done.returncode not in (0, None)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"Autoencoder Lab cannot start: {name} is '{value}'")
    assert part in lines[0]


SIZES = """
import sys
from pages.parts.server import startup
startup.import_parts()
from aecore.config.recipes import RECIPES
from aecore.training.memory import training_size
known = set(sys.modules)
for name in ("quick-start", "convolutional"):
    training_size(RECIPES[name].config())
print(len(set(sys.modules) - known))
"""


@pytest.mark.slow
def test_the_first_visitor_does_not_wait_for_imports() -> None:
    """And the garbage collection after each script run does not go through their objects."""
    done = subprocess.run([sys.executable, "-c", SIZES], cwd=ROOT, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) < 10  # a thousand without the pass on the meta device
