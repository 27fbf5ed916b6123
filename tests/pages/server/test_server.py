"""The server: its queue is open while it runs, a disk error stops neither server nor pages, and it opens a browser."""

from __future__ import annotations

import asyncio
import socket
import webbrowser

import pytest
import streamlit as st
from page_elements import assert_no_error, page_text
from streamlit.testing.v1 import AppTest

from pages.parts.server import addresses, open_browser
from pages.parts.shell import resources
from pages.parts.shell.paths import MAIN_SCRIPT


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "home"))
    resources.store.clear()
    yield tmp_path / "home"
    resources.close_queue()
    resources.store.clear()


def test_queue_closes_with_the_server(home):
    with resources.running_queue():
        queue = resources.queue()
        assert resources.queue() is queue
    assert not queue._thread.is_alive()


def test_disk_error_shows_a_message_until_it_is_solved(home):
    home.write_text("a file where the folder should be")
    with resources.running_queue():
        app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=60).run()
        assert_no_error(app)
        assert f"Cannot write to {home}" in page_text(app).replace("\\", "")
        home.unlink()
        assert_no_error(app.run())
        assert resources.queue().store.root.is_dir()


URLS = {
    "default": ({}, "http://localhost:8501/"),
    "address": ({"server.address": "127.0.0.1"}, "http://127.0.0.1:8501/"),
    "all interfaces": ({"server.address": "0.0.0.0"}, "http://localhost:8501/"),
    "IPv6": ({"server.address": "::1"}, "http://[::1]:8501/"),
    "public name": ({"server.address": "0.0.0.0", "browser.serverAddress": "lab.example"}, "http://lab.example:8501/"),
    "port": ({"server.port": 80, "browser.serverPort": 80}, "http://localhost:80/"),
    "base path": ({"server.baseUrlPath": "/lab/"}, "http://localhost:8501/lab"),
    "certificate": ({"server.sslCertFile": "cert.pem"}, "https://localhost:8501/"),
}


@pytest.fixture
def set_options(monkeypatch):
    """`set_options({"server.port": 80})`: Streamlit's options, with its defaults for the others."""

    def set_options(changed: dict[str, object]) -> None:
        defaults = {
            "server.headless": False, "server.address": None, "server.port": 8501, "server.baseUrlPath": "",
            "server.sslCertFile": None, "browser.serverAddress": "localhost", "browser.serverPort": 8501,
        }  # fmt: skip
        monkeypatch.setattr(st, "get_option", (defaults | changed).__getitem__)

    return set_options


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    """The URLs that were opened in a browser."""
    urls: list[str] = []
    monkeypatch.setattr(webbrowser, "open", urls.append)
    return urls


@pytest.mark.parametrize("name", URLS)
def test_url_of_the_app(set_options, name):
    options, url = URLS[name]
    set_options(options)
    assert addresses.app_url() == url


@pytest.mark.parametrize(("headless", "count"), [(False, 1), (True, 0)])
def test_browser_opens_once_the_server_accepts_connections(set_options, opened, headless, count):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        set_options({"server.headless": headless, "server.address": "127.0.0.1", "server.port": port})
        asyncio.run(open_browser.open_browser())
    assert len(opened) == count


def test_no_browser_opens_for_a_server_that_does_not_answer(set_options, opened, monkeypatch):
    monkeypatch.setattr(open_browser, "SECONDS_TO_SERVE", 0.2)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, but not listening
        set_options({"server.address": "127.0.0.1", "server.port": unused.getsockname()[1]})
        asyncio.run(open_browser.open_browser())
    assert opened == []


def test_missing_browser_is_no_error(set_options, monkeypatch):
    def fail(url: str) -> bool:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "open", fail)
    with socket.create_server(("127.0.0.1", 0)) as server:
        set_options({"server.address": "127.0.0.1", "server.port": server.getsockname()[1]})
        asyncio.run(open_browser.open_browser())
