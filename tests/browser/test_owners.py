"""Two visitors on a server for many: each changes their own runs only, until the teacher's key opens all."""

from __future__ import annotations

import re

import pytest
from app_server import Server
from playwright.sync_api import expect
from visitor import Visitor

KEY = "a long key"


@pytest.fixture
def open_server(browser, tmp_path):
    """A server that other machines reach, with a teacher's key."""
    server = Server(tmp_path / "home", address="0.0.0.0", AECORE_ADMIN_KEY=KEY).start()
    yield server
    server.stop()
    assert "Traceback" not in server.log_text()


def test_a_run_belongs_to_the_visitor_who_started_it(browser, open_server, wait_until):
    first, second = browser.new_context(), browser.new_context()
    ann, bob = Visitor(first, open_server), Visitor(second, open_server)
    try:
        ann.open("/train")
        ann.enter("Training images", "1000")
        ann.enter("Steps", "50000")
        run = open_server.store.get(ann.train())
        expect(ann.groups.filter(has_text="My runs")).to_have_attribute("aria-checked", "true")

        bob.open("/train")  # a newcomer
        expect(bob.picker).to_have_value("Dense, 16 dimensions")
        expect(bob.groups).to_have_text(["Others", "Examples"])
        bob.open("/train", run.id)
        expect(bob.picker).to_have_value(re.compile(re.escape(run.state().name)))
        expect(bob.groups.filter(has_text="Others")).to_have_attribute("aria-checked", "true")
        expect(bob.sidebar.get_by_text("This run belongs to another visitor")).to_be_visible()
        expect(bob.reconstruction).to_be_visible()
        assert bob.button("Stop").count() == 0

        bob.sidebar.get_by_role("button", name="Teacher").click()
        bob.page.get_by_label("Key", exact=True).fill(KEY)
        bob.page.keyboard.press("Enter")
        expect(bob.sidebar.get_by_role("button", name="Manage")).to_be_visible()
        bob.page.reload()  # the browser has unlocked the runs, not only this page
        bob.button("Stop").click()
        wait_until(lambda: run.state().status == "stopped")
        assert not ann.errors + bob.errors
    finally:
        first.close()
        second.close()
