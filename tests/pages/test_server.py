"""The server's queue: open as long as the server, and a disk that refuses it stops neither server nor pages."""

from __future__ import annotations

import pytest
from page_words import assert_no_error, page_text
from streamlit.testing.v1 import AppTest

from pages.parts.shell import resources
from pages.parts.shell.paths import MAIN_SCRIPT


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "home"))
    resources.store.clear()
    yield tmp_path / "home"
    resources.close_queue()
    resources.store.clear()


def test_it_closes_with_the_server(home):
    with resources.running_queue():
        queue = resources.queue()
        assert resources.queue() is queue
    assert not queue._thread.is_alive()


def test_a_disk_that_refuses_is_a_sentence_until_it_does_not(home):
    home.write_text("a file where the folder should be")
    with resources.running_queue():
        app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=60).run()
        assert_no_error(app)
        assert f"Nothing can be kept in {home}" in page_text(app)
        home.unlink()
        assert_no_error(app.run())
        assert resources.queue().store.root.is_dir()
