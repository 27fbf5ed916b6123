"""Fixtures for pages without a browser: each test has its own home, in which no run starts by itself."""

from __future__ import annotations

import gc
import importlib
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from filelock import FileLock
from live_client import copy_of
from streamlit.testing.v1 import AppTest

from aecore.config.run_config import RunConfig
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.runs.store import Store
from pages.parts.denoise import comparison
from pages.parts.runs import live, live_text
from pages.parts.shell import jobs, resources
from pages.parts.shell.navigation import PAGES
from pages.parts.shell.paths import MAIN_SCRIPT, ROOT
from pages.parts.visitors import visitor
from pages.parts.visitors.visitor_cookie import visitor_ids

MEASUREMENTS = (
    "aecore.runs.computed.label_accuracies", "aecore.runs.computed.rate_distortion", "aecore.runs.compression.codecs",
)  # fmt: skip
Open = Callable[..., AppTest]


@pytest.fixture(scope="module", autouse=True)
def _frozen_garbage() -> None:
    """Skip the imported modules in the garbage collection after each script run, as the app does."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _fewer_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare few images and noise levels: averages over a hundred images take seconds for each corruption."""
    monkeypatch.setattr(comparison, "TEST_IMAGES", 10)
    monkeypatch.setattr(comparison, "TUNING_IMAGES", 4)
    monkeypatch.setattr(comparison, "CHART_LEVELS", 3)


@dataclass
class BrowserContext:
    """What `st.context` tells of a browser: here, of one on the server's machine without cookies."""

    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=lambda: {"Host": "localhost:8501"})
    ip_address: str | None = None
    url: str = "http://localhost:8501"
    timezone: str | None = None


@pytest.fixture(autouse=True)
def browser(monkeypatch: pytest.MonkeyPatch) -> BrowserContext:
    """The browser of the visitor; a test may change it between script runs."""
    context = BrowserContext()
    monkeypatch.setattr(st, "context", context)
    return context


@pytest.fixture
def app_store(tmp_path: Path, trained: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The pages' store, with only the starters. The test holds the queue's lock, so no run starts by itself."""
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    (tmp_path / "runs").mkdir()
    # With PCA, which takes seconds to fit and which `trained` has left there.
    shutil.copytree(home / "cache", tmp_path / "cache")
    with FileLock(tmp_path / "runs" / ".queue"):
        resources.store.clear()
        with resources.running_queue():
            yield resources.store()
    resources.store.clear()


@pytest.fixture(scope="module")
def finished_runs(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The runs that `train_one` has trained."""
    return Store(tmp_path_factory.mktemp("finished") / "runs")


@pytest.fixture
def train_one(small: RunConfig, app_store: Store, finished_runs: Store) -> Callable[[dict[str, Any]], Run]:
    """`train_one(changes)`: a finished run of the small settings with these changes, trained once per module."""

    def train(changes: dict[str, Any]) -> Run:
        config = small.changed(changes)
        finished = next((run for run in finished_runs.runs() if run.config() == config), None)
        if finished is None:
            finished = finished_runs.create(config, "Made for this", training=True)
            assert run_training(finished).status == "finished"
        # A new id, because pages cache what they read of a run by its id.
        copy = app_store.root / f"20260101-000000-{secrets.token_hex(3)}"
        return Run(shutil.copytree(finished.folder, copy))

    return train


@pytest.fixture
def set_address(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """`set_address("0.0.0.0")`: what the server is bound to."""
    get_option = st.get_option

    def set_address(address: str | None) -> None:
        monkeypatch.setattr(st, "get_option", lambda name: address if name == "server.address" else get_option(name))

    return set_address


@pytest.fixture
def enter_as(set_address: Callable[[str | None], None], browser: BrowserContext) -> Callable[[str], str]:
    """`enter_as("ann")`: the next requests to a server for many come from this visitor. Returns their owner id."""
    set_address("0.0.0.0")
    cookies: dict[str, dict[str, str]] = {}

    def enter(name: str) -> str:
        browser.cookies = cookies.setdefault(name, {visitor_ids().cookie_name: visitor_ids().issue()})
        owner = visitor.owner_id()
        assert owner
        return owner

    return enter


@pytest.fixture
def make_owned(app_store: Store, trained: Run) -> Callable[..., Run]:
    """`make_owned("ann", name="Run", **changes)`: a trained run of that owner."""

    def make(owner: str | None, name: str = "Trained", **changes: object) -> Run:
        run = Run(app_store.root / f"20260101-000000-{secrets.token_hex(3)}")
        shutil.copytree(trained.folder, run.folder)
        run.change_state(owner=owner, name=name, created=time.time(), **changes)
        return run

    return make


@pytest.fixture
def watched(app_store: Store, trained: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A trained run whose files the live views look at with each request."""
    monkeypatch.setattr(live, "SECONDS_BETWEEN_CHECKS", 0.0)
    monkeypatch.setattr(live, "SECONDS_BETWEEN_DIAGNOSES", 0.0)
    monkeypatch.setattr(live_text, "SECONDS_BETWEEN_LISTINGS", 0.0)
    live.live_runs.clear()
    return copy_of(trained, app_store)


@pytest.fixture
def open_page(app_store: Store) -> Open:
    """`open_page("pages/train.py", run=None, **session)`: the page after its first script run."""

    def opened(path: str, run: str | None = None, **session: object) -> AppTest:
        app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=60)
        app.session_state["more_settings_open"] = True  # so that all fields are on the page
        for name, value in session.items():
            app.session_state[name] = value
        if run is not None:
            app.query_params["run"] = run
        app = app.run() if path == PAGES[0].path else app.switch_page(str(ROOT / path)).run()
        assert app.header[0].value == next(info.question for info in PAGES if info.path == path)
        return app

    return opened


@pytest.fixture(autouse=True)
def nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Features and Compress compute for half a minute whenever a run has no results yet; tests only see them wait."""
    start = jobs.start

    def start_others(name: str, command: list[str], heavy: bool = False) -> None:
        if command[0] in MEASUREMENTS:
            jobs._jobs().by_name[name] = jobs.Job(command, waits=True)
        else:
            start(name, command, heavy)

    monkeypatch.setattr(jobs, "start", start_others)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of the jobs that the page starts; they run at once, in this process."""
    commands = []

    def start(name: str, command: list[str], heavy: bool = False) -> None:
        commands.append(command)
        ended = jobs.Job(command, running=False)
        if importlib.import_module(command[0]).main(command[1:]):
            ended.problem = "It failed."
        jobs._jobs().by_name[name] = ended

    monkeypatch.setattr(jobs, "start", start)
    jobs._jobs.clear()
    return commands
