"""Tests in a real browser. They are skipped where none is found; in continuous integration they fail instead."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil
import pytest
from app_server import Server
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from visitor import Visitor

from aecore.evaluation.compression import rates
from aecore.runs.computed.rate_distortion import compute_rates
from aecore.runs.run import Run
from benchmarks.pages.browser import ARGUMENTS, SCREEN, find_browser
from pages.parts.shell.paths import ASSETS

expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium or Chrome."""
    path = find_browser()
    if path is None:
        message = "No Chromium or Chrome was found on PATH, so nothing was tested in a browser."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page."""
    opened = browser.new_page()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> BrowserContext:
    """The context of all windows, so that Streamlit's scripts are loaded and compiled once."""
    return browser.new_context(viewport=SCREEN, accept_downloads=True)


@pytest.fixture(scope="session")
def shared_server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for most tests. It trains one run at a time, so that a second one is queued."""
    home = tmp_path_factory.mktemp("server") / "home"
    with pytest.MonkeyPatch.context() as patch:  # as Compress would, on more images
        patch.setenv("AECORE_HOME", str(home))
        patch.setattr(rates, "MAX_IMAGES", 12)
        compute_rates(Run(ASSETS / "starters" / "starter-1-quick", read_only=True))
    server = Server(home, AECORE_RUNS_PER_SLOT="1").start()
    yield server
    server.stop()


@pytest.fixture
def server(shared_server: Server, wait_until: Callable[..., None]) -> Iterator[Server]:
    """The shared server, without active runs before and after the test."""
    log_before = len(shared_server.log_text())
    yield shared_server
    for run in reversed(shared_server.active()):
        run.request_stop()
    wait_until(lambda: not [run for run in shared_server.active() if run.state().status == "training"])
    for run in shared_server.active():
        run.change_state(status="stopped")
    assert "Traceback" not in shared_server.log_text()[log_before:]


@pytest.fixture
def fresh_server(browser: Browser, tmp_path: Path) -> Iterator[Server]:
    """A new server for one test, not visited yet."""
    server = Server(tmp_path / "home").start()
    yield server
    server.stop()
    assert "Traceback" not in server.log_text()


@pytest.fixture
def visit(context: BrowserContext) -> Iterator[Callable[[Server], Visitor]]:
    """`visit(server)`: a new browser window. The test fails if an error occurred in any of them."""
    visitors: list[Visitor] = []

    def enter(server: Server) -> Visitor:
        visitors.append(Visitor(context, server))
        return visitors[-1]

    yield enter
    errors = [error for visitor in visitors for error in visitor.errors]
    for visitor in visitors:
        visitor.page.close()
    assert not errors, "\n".join(errors)


@pytest.fixture
def visitor(server: Server, visit: Callable[[Server], Visitor]) -> Visitor:
    """A browser window on the shared server."""
    return visit(server)


@pytest.fixture
def paused() -> Callable[[Run], AbstractContextManager[None]]:
    """`with paused(run):` the training process is suspended, so that a test does not race with it."""

    @contextmanager
    def pause(run: Run) -> Iterator[None]:
        state = run.state()
        assert state.status == "training"
        process = psutil.Process(state.pid)
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    return pause
