"""The teacher's key: it opens all runs to the visitor who entered it, and is slow to guess."""

from __future__ import annotations

import threading
import time

import pytest
from page_elements import assert_no_error, button, page_text
from streamlit.testing.v1 import AppTest

from pages.parts.visitors import admin, visitor

KEY = "a long key"


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("AECORE_ADMIN_KEY", KEY)
    monkeypatch.setattr(admin, "SECONDS_PER_WRONG_KEY", 0.0)
    monkeypatch.setattr(admin, "_open_until", {})


def enter_key(app: AppTest, given: str) -> None:
    app.text_input(key="admin-key").input(given)
    button(app, "Unlock").click().run()
    assert_no_error(app)


def test_the_key_opens_all_runs_to_one_visitor(open_page, make_owned, enter_as, key):
    run = make_owned(enter_as("ann"))
    enter_as("teacher")
    app = open_page("pages/train.py", run.id)
    enter_key(app, "a wrong key")
    assert "This key is wrong." in page_text(app)
    assert "only they can change it" in page_text(app)
    enter_key(app, f" {KEY} ")
    assert "only they can change it" not in page_text(app)
    app.text_input(key=f"name-{run.id}").input("Renamed").run()
    assert run.state().name == "Renamed"
    enter_as("bob")
    assert not visitor.may_change(run)
    enter_as("teacher")
    button(app, "Lock").click().run()
    assert not visitor.may_change(run)


#: The server's address, whether it has a key, and whether the sidebar asks for it.
ASKS = {"many": ("0.0.0.0", True, True), "no key": ("0.0.0.0", False, False), "own machine": ("localhost", True, False)}


@pytest.mark.parametrize("name", ASKS)
def test_the_sidebar_asks_for_the_key_only_where_it_changes_something(open_page, set_address, key, monkeypatch, name):
    address, has_key, asks = ASKS[name]
    set_address(address)
    if not has_key:
        monkeypatch.delenv("AECORE_ADMIN_KEY")
    app = open_page("pages/home.py")
    assert bool([field for field in app.text_input if field.key == "admin-key"]) is asks


def test_no_key_is_right_where_none_is_set(monkeypatch, key):
    monkeypatch.delenv("AECORE_ADMIN_KEY")
    assert admin.enter("ann", "")
    assert not admin.is_open_for("ann")


def test_a_key_is_forgotten_after_hours(key, monkeypatch):
    assert admin.enter("ann", KEY) is None
    assert admin.is_open_for("ann")
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + admin.SECONDS_OPEN + 1)
    assert not admin.is_open_for("ann")


def test_wrong_keys_are_slow_and_few_at_a_time(key, monkeypatch):
    """A wrong key occupies one of few checks until its delay has passed; the others stay free."""
    delayed, release = threading.Event(), threading.Event()

    def wait(seconds: float) -> None:
        delayed.set()
        release.wait(10)

    monkeypatch.setattr(time, "sleep", wait)
    monkeypatch.setattr(admin, "_checks", threading.BoundedSemaphore(2))
    monkeypatch.setattr(admin, "SECONDS_TO_CHECK", 0.01)
    guesses = [threading.Thread(target=admin.enter, args=("eve", "a guess")) for _ in range(2)]
    guesses[0].start()
    assert delayed.wait(10)
    assert admin.enter("ann", KEY) is None  # beside a guess
    delayed.clear()
    guesses[1].start()
    assert delayed.wait(10)
    refused = admin.enter("eve", KEY)
    release.set()
    for guess in guesses:
        guess.join()
    assert refused == "Too many keys are being checked. Try again in a few seconds."
    assert not admin.is_open_for("eve")
