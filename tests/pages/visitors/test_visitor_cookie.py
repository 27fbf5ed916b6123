"""The visitor cookie: each browser gets one, keeps it, and gets another one for a forged one."""

from __future__ import annotations

import asyncio
import os
from http.cookies import Morsel, SimpleCookie

import pytest
import streamlit as st

from pages.parts.visitors import visitor_cookie
from pages.parts.visitors.visitor_cookie import SECRET_FILE, VisitorCookie, VisitorIds, visitor_ids

IDS = VisitorIds(b"s" * 32)
VALID = IDS.issue()
ID, SIGNATURE = VALID.split(".")


@pytest.fixture(autouse=True)
def _ids(monkeypatch):
    monkeypatch.setattr(visitor_cookie, "visitor_ids", lambda: IDS)


def test_visitors_have_different_owners_that_do_not_reveal_the_cookie():
    owners = [IDS.owner({IDS.cookie_name: value}) for value in (VALID, IDS.issue(), VALID)]
    assert owners[0] == owners[2] != owners[1]
    assert owners[0] not in VALID
    assert ID not in owners[0]


FORGED = {
    "none": {},
    "empty": {IDS.cookie_name: ""},
    "no signature": {IDS.cookie_name: ID},
    "another id": {IDS.cookie_name: f"{ID[::-1]}.{SIGNATURE}"},
    "another signature": {IDS.cookie_name: f"{ID}.{SIGNATURE[::-1]}"},
    "a stored owner": {IDS.cookie_name: f"{IDS.owner({IDS.cookie_name: VALID})}.{SIGNATURE}"},
    "signed by another server": {IDS.cookie_name: VisitorIds(b"t" * 32).issue()},
    "not ASCII": {IDS.cookie_name: "é.ü"},
    "the cookie of another server": {VisitorIds(b"t" * 32).cookie_name: VALID},
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_cookies_have_no_owner(name):
    assert IDS.valid(FORGED[name]) is None
    assert IDS.owner(FORGED[name]) is None


def response_cookie(scope: dict[str, object] | None = None, **headers: str) -> Morsel[str] | None:
    """The visitor cookie in the response to a request."""
    sent: list[dict[str, object]] = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = {"type": "http", "scheme": "http", "path": "/", "server": ("localhost", 8501), "headers": fields}
    asyncio.run(VisitorCookie(app)(request | (scope or {}), None, send))
    found = SimpleCookie("\n".join(value.decode() for _, value in sent[0]["headers"]))
    return found.get(IDS.cookie_name)


def test_a_page_sets_a_cookie_that_scripts_cannot_read():
    cookie = response_cookie(accept="text/html,*/*")
    assert cookie is not None
    assert IDS.valid({IDS.cookie_name: cookie.value})
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/", "")
    assert int(cookie["max-age"]) > 30 * 24 * 3600


def test_a_valid_cookie_is_renewed():
    cookie = response_cookie(accept="text/html", cookie=f"other=1; {IDS.cookie_name}={VALID}")
    assert cookie is not None
    assert cookie.value == VALID


@pytest.mark.parametrize("name", [name for name in FORGED if name != "not ASCII"])
def test_a_forged_cookie_is_replaced(name):
    given = "; ".join(f"{key}={value}" for key, value in FORGED[name].items())
    cookie = response_cookie(accept="text/html", cookie=given)
    assert cookie is not None
    assert IDS.valid({IDS.cookie_name: cookie.value})
    assert cookie.value not in given.split("=")


@pytest.mark.parametrize("scope", [{"type": "http"}, {"type": "websocket"}])
def test_only_pages_set_a_cookie(scope):
    assert response_cookie(scope, accept="*/*") is None


SECURE = {
    "http": ({}, {}, False),
    "https": ({"scheme": "https"}, {}, True),
    "proxy with https": ({}, {"x_forwarded_proto": "https"}, True),
    "proxy with http": ({}, {"x_forwarded_proto": "http"}, False),
}


@pytest.mark.parametrize("name", SECURE)
def test_the_cookie_is_secure_over_https(name):
    scope, headers, secure = SECURE[name]
    cookie = response_cookie(scope, accept="text/html", **headers)
    assert cookie is not None
    assert bool(cookie["secure"]) is secure


def test_the_cookie_is_for_the_base_path(monkeypatch):
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": "/lab/"}.__getitem__)
    cookie = response_cookie(accept="text/html")
    assert cookie is not None
    assert cookie["path"] == "/lab"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "home"))
    visitor_ids.cache_clear()
    yield tmp_path / "home"
    visitor_ids.cache_clear()


def restarted() -> VisitorIds:
    visitor_ids.cache_clear()
    return visitor_ids()


def test_the_secret_survives_a_restart_and_is_private(home):
    ids = visitor_ids()
    assert restarted() == ids
    if os.name == "posix":
        assert (home / SECRET_FILE).stat().st_mode & 0o777 == 0o600


def test_a_damaged_secret_is_replaced(home):
    ids = visitor_ids()
    (home / SECRET_FILE).write_bytes(b"short")
    replaced = restarted()
    assert replaced != ids
    assert replaced.valid({replaced.cookie_name: ids.issue()}) is None
    assert restarted() == replaced


def test_without_a_disk_the_ids_last_as_long_as_the_server(home):
    home.write_text("a file where the folder should be")
    ids = visitor_ids()
    assert ids is visitor_ids()
    assert ids.owner({ids.cookie_name: ids.issue()})
