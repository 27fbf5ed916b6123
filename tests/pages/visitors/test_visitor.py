"""Who the visitor is and what they may change; where a newcomer lands, and which runs the picker lists."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from page_elements import assert_no_error, button, page_text, widget
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from aecore.runs.files.state import State, this_process
from pages.parts.runs.groups import EXAMPLES, MINE, OTHERS
from pages.parts.shell import resources
from pages.parts.shell.navigation import PAGES
from pages.parts.shell.paths import ASSETS, ROOT
from pages.parts.visitors import visitor
from pages.parts.visitors.visitor import Visitor

STARTERS = sorted(folder.name for folder in (ASSETS / "starters").iterdir())


#: The server's address, what differs in the request, and whether the visitor is at the server's machine.
PLACES: dict[str, tuple[str | None, dict[str, Any], bool]] = {
    "localhost": ("localhost", {}, True),
    "IPv4": ("127.0.0.1", {"headers": {"Host": "127.0.0.1:8501"}}, True),
    "IPv6": ("::1", {"headers": {"Host": "[::1]:8501"}}, True),
    "no host": ("localhost", {"headers": {}}, True),
    "all interfaces": ("0.0.0.0", {}, False),
    "address of the network": ("192.168.0.7", {"headers": {"Host": "192.168.0.7"}}, False),
    "no address": (None, {}, False),
    "proxy": ("localhost", {"headers": {"Host": "localhost", "X-Forwarded-For": "192.168.0.7"}}, False),
    "standard proxy": ("localhost", {"headers": {"Host": "localhost", "Forwarded": "for=192.168.0.7"}}, False),
    "proxy that tells only the host": ("localhost", {"headers": {"Host": "lab.example"}}, False),
    "client elsewhere": ("localhost", {"ip_address": "192.168.0.7"}, False),
}


@pytest.mark.parametrize("place", PLACES)
def test_who_is_at_the_machine(set_address, browser, monkeypatch, place):
    address, changes, local = PLACES[place]
    set_address(address)
    for name, value in changes.items():
        setattr(browser, name, value)
    monkeypatch.setattr(st, "session_state", {})
    assert (visitor.owner_id() is None) is local


def test_a_browser_without_cookies_keeps_its_id_during_the_session(set_address, monkeypatch):
    set_address("0.0.0.0")
    monkeypatch.setattr(st, "session_state", {})
    first = visitor.owner_id()
    assert first == visitor.owner_id()
    monkeypatch.setattr(st, "session_state", {})
    assert first != visitor.owner_id()


#: The visitor, the owner of the run (a starter: "app"), and whether the visitor may change it.
RIGHTS = {
    "own": (Visitor("ann"), "ann", True),
    "of another visitor": (Visitor("ann"), "bob", False),
    "of the machine's owner": (Visitor("ann"), None, False),
    "teacher, of another visitor": (Visitor("ann", admin=True), "bob", True),
    "teacher, of the machine's owner": (Visitor("ann", admin=True), None, True),
    "at the machine, own": (Visitor(None), None, True),
    "at the machine, of a visitor": (Visitor(None), "bob", True),
    "starter": (Visitor("ann"), "app", False),
    "teacher, starter": (Visitor("ann", admin=True), "app", False),
    "at the machine, starter": (Visitor(None), "app", False),
}


class OwnedRun:
    """A run of which only the owner is known."""

    def __init__(self, owner: str | None) -> None:
        self.read_only, self.owner = owner == "app", owner

    def state(self) -> State:
        return State(status="finished", name="Run", owner=None if self.read_only else self.owner)


@pytest.mark.parametrize("name", RIGHTS)
def test_who_may_change_a_run(name):
    who, owner, allowed = RIGHTS[name]
    assert who.may_change(OwnedRun(owner)) is allowed


#: What a visitor does on the Train page: the state of the run, and the sentence that refuses it to others.
ACTIONS = {
    "stop": ("training", "only they can stop it."),
    "continue": ("stopped", "only they can continue it."),
    "rename": ("finished", "only they can rename it."),
    "delete": ("finished", "only they can delete it."),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_others_are_refused_on_the_server(open_page, make_owned, enter_as, action):
    status, sentence = ACTIONS[action]
    run = make_owned(enter_as("ann"), status=status, **(this_process() if status == "training" else {}))
    before = run.state()
    app = open_page("pages/train.py", run.id)
    if action == "delete":
        app.checkbox(key=f"sure-{run.id}").check().run()
    enter_as("bob")  # sends what only the page of the owner offers
    if action == "rename":
        app.text_input(key=f"name-{run.id}").input("Renamed").run()
    else:
        label = {"stop": "Stop", "continue": "Continue training", "delete": "Delete"}[action]
        button(app, label).click().run()
    assert_no_error(app)
    assert f"This run belongs to another visitor; {sentence}" in page_text(app)
    assert run.state() == before
    assert not run.stop_requested


@pytest.mark.parametrize("status", ["training", "stopped"])
def test_others_see_a_sentence_in_place_of_the_buttons(open_page, make_owned, enter_as, status):
    run = make_owned(enter_as("ann"), status=status, **(this_process() if status == "training" else {}))
    enter_as("bob")
    app = open_page("pages/train.py", run.id)
    assert_no_error(app)
    assert "This run belongs to another visitor; only they can change it." in page_text(app)
    assert {"Delete", "Stop", "Continue training"}.isdisjoint(b.label for b in app.button)
    assert button(app, "Train")


def groups(app: AppTest) -> tuple[str, list[str]] | None:
    """The selected group and all of them; None where there is no choice."""
    return (found[0].value, found[0].options) if (found := group_controls(app)) else None


def group_controls(app: AppTest) -> list[ButtonGroup[str]]:
    return [control for control in app.segmented_control if (control.key or "").startswith("run_group")]


def show_group(app: AppTest, name: str) -> None:
    group_controls(app)[0].set_value(name).run()
    assert_no_error(app)


def test_a_newcomer_lands_on_an_example_and_others_keep_their_runs(open_page, make_owned, enter_as):
    """One page per visitor: what they see first, and what the picker lists."""
    ann = enter_as("ann")
    make_owned(ann, "First of Ann")
    latest = make_owned(ann, "Second of Ann")
    shell = make_owned(None, "From the shell")
    app = open_page("pages/home.py")
    assert app.session_state["run"] == latest.id
    assert groups(app) == (MINE, [MINE, OTHERS, EXAMPLES])
    assert [label.partition(" · ")[0] for label in widget(app, "run_picker").options] == [
        "Second of Ann",
        "First of Ann",
    ]

    enter_as("bob")
    app = open_page("pages/home.py")
    assert app.session_state["run"] == STARTERS[0]
    assert groups(app) == (EXAMPLES, [OTHERS, EXAMPLES])
    show_group(app, OTHERS)
    assert app.session_state["run"] == shell.id
    assert [label.partition(" · ")[0] for label in widget(app, "run_picker").options] == [
        "From the shell",
        "Second of Ann",
        "First of Ann",
    ]
    widget(app, "run_picker").select(latest.id).run()
    show_group(app, EXAMPLES)
    show_group(app, OTHERS)
    assert app.session_state["run"] == latest.id  # the one seen last in this group


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.title)
def test_the_examples_open_with_the_starter_of_the_page(open_page, make_owned, enter_as, page):
    ann = enter_as("ann")
    app = open_page("pages/home.py")
    make_owned(ann)
    resources.store().entries(max_age=0.0)
    app.switch_page(str(ROOT / page.path)).run()
    show_group(app, EXAMPLES)
    assert app.session_state["run"] == page.starter


def test_a_link_shows_any_run_with_its_group(open_page, make_owned, enter_as):
    run = make_owned(enter_as("ann"), "Of Ann")
    enter_as("bob")
    app = open_page("pages/home.py", run.id)
    assert_no_error(app)
    assert app.session_state["run"] == run.id
    assert groups(app) == (OTHERS, [OTHERS, EXAMPLES])
    assert widget(app, "run_picker").value == run.id


def test_without_examples_a_newcomer_sees_no_run(open_page, make_owned, enter_as, app_store):
    make_owned(enter_as("ann"))
    app_store.read_only = ()
    enter_as("bob")
    app = open_page("pages/home.py")
    assert_no_error(app)
    assert app.session_state["run"] is None
    assert groups(app) is None


def test_at_the_machine_all_runs_are_ones_own(open_page, make_owned):
    run = make_owned("ann")
    app = open_page("pages/home.py")
    assert groups(app) == (MINE, [MINE, EXAMPLES])
    assert app.session_state["run"] == run.id


@pytest.mark.parametrize("many", [False, True])
def test_new_runs_have_an_owner_where_there_are_many_visitors(open_page, app_store, enter_as, set_address, many):
    owner = enter_as("ann")
    if not many:
        set_address("localhost")
    app = open_page("pages/home.py")
    button(app, "Train your first autoencoder").click().run()
    assert_no_error(app)
    assert app_store.runs()[0].state().owner == (owner if many else None)


@pytest.mark.parametrize("label", ["Train", "Continue training"])
def test_a_visitor_over_a_limit_is_told_and_starts_nothing(open_page, make_owned, enter_as, app_store, small, label):
    ann = enter_as("ann")
    for _ in range(3):
        app_store.create(small, owner=ann, training=True)  # in this process, so that no worker trains them
    stopped = make_owned(ann, status="stopped")
    app = open_page("pages/train.py", stopped.id)
    button(app, label).click().run()
    assert_no_error(app)
    assert "You have 3 runs queued or in training" in page_text(app)
    assert [entry.state.owner for entry in app_store.entries(max_age=0.0)].count(ann) == 4
    assert stopped.state().status == "stopped"


@pytest.mark.parametrize("many", [False, True])
def test_the_form_says_that_a_model_is_too_large_for_the_server(
    open_page, enter_as, set_address, app_store, monkeypatch, many
):
    monkeypatch.setenv("AECORE_MAX_PARAMETERS", "1000")
    enter_as("ann")
    if not many:
        set_address("localhost")
    app = open_page("pages/train.py")
    assert_no_error(app)
    assert ("this server trains at most 1,000. Choose a smaller network." in page_text(app)) == many
    assert button(app, "Train").disabled == many


@pytest.mark.parametrize("teacher", [False, True])
def test_only_a_teacher_continues_a_run_beyond_the_longest_training(
    open_page, make_owned, enter_as, monkeypatch, teacher
):
    run = make_owned(enter_as("ann"), status="stopped", seconds=3600.0)
    monkeypatch.setattr("pages.parts.visitors.admin.is_open_for", lambda owner: teacher)
    app = open_page("pages/train.py", run.id)
    button(app, "Continue training").click().run()
    assert_no_error(app)
    assert (run.state().status == "queued") == teacher
    assert ("This run has trained for 60 min" in page_text(app)) != teacher


@pytest.mark.parametrize(("teacher", "seconds"), [(False, 3600.0), (True, None)])
def test_the_longest_training_is_that_of_who_continues_it(
    open_page, make_owned, enter_as, monkeypatch, teacher, seconds
):
    ann = enter_as("ann")
    run = make_owned(ann, status="stopped")
    monkeypatch.setattr("pages.parts.visitors.admin.is_open_for", lambda owner: teacher)
    app = open_page("pages/train.py", run.id)
    button(app, "Continue training").click().run()
    assert_no_error(app)
    assert run.state().status == "queued"
    assert run.state().max_seconds == seconds
