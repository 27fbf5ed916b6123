"""A real browser on a real server. Where no browser is found these tests skip, unless AECORE_REQUIRE_BROWSER is 1."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil
import pytest
from app_server import Server
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from visitor import Visitor

from aecore.runs.run import Run

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-component-update",
]  # fmt: skip
SCREEN = {"width": 1400, "height": 900}

expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium or Chrome."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        sentence = "No Chromium or Chrome was found on PATH, so nothing was tried in a browser."
        if os.environ.get("AECORE_REQUIRE_BROWSER") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def shared_server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for most tests; one training at a time, so that a second one waits."""
    server = Server(tmp_path_factory.mktemp("server") / "home").start()
    yield server
    server.stop()


@pytest.fixture
def server(shared_server: Server, wait_until: Callable[..., None]) -> Iterator[Server]:
    """The shared server, with nothing in training before and after."""
    said_before = len(shared_server.said())
    yield shared_server
    for run in reversed(shared_server.active()):
        run.request_stop()
    wait_until(lambda: not [run for run in shared_server.active() if run.state().status == "training"])
    for run in shared_server.active():
        run.change_state(status="stopped")
    assert "Traceback" not in shared_server.said()[said_before:]


@pytest.fixture
def fresh_server(browser: Browser, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, that nobody has visited yet."""
    server = Server(tmp_path / "home").start()
    yield server
    server.stop()
    assert "Traceback" not in server.said()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[Server], Visitor]]:
    """`visit(server)`: a new person at a window of their own. In the end nothing must have gone wrong in any."""
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def enter(server: Server) -> Visitor:
        contexts.append(browser.new_context(viewport=SCREEN, accept_downloads=True))
        visitors.append(Visitor(contexts[-1], server))
        return visitors[-1]

    yield enter
    troubles = [trouble for visitor in visitors for trouble in visitor.troubles]
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


@pytest.fixture
def visitor(server: Server, visit: Callable[[Server], Visitor]) -> Visitor:
    """A person on the shared server."""
    return visit(server)


@pytest.fixture
def held_still() -> Callable[[Run], AbstractContextManager[None]]:
    """`with held_still(run):` its process does nothing meanwhile, so that a test does not race with it."""

    @contextmanager
    def hold(run: Run) -> Iterator[None]:
        state = run.state()
        assert state.status == "training"
        process = psutil.Process(state.pid)
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    return hold
