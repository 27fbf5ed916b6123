"""The visitor cookie: an anonymous, signed id for each browser, set by an ASGI middleware of the server."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from http.cookies import SimpleCookie
from pathlib import Path

import streamlit as st
from itsdangerous import BadSignature, Signer
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aecore.utils.files import replace_file
from aecore.utils.locks import file_lock
from aecore.utils.settings import settings

SECRET_FILE = "visitor-secret"
SECRET_BYTES = 32
SECONDS_VALID = 400 * 24 * 3600  # browsers keep no cookie longer
SECONDS_TO_LOCK = 5


@dataclass(frozen=True)
class VisitorIds:
    """Issues the signed ids of visitors, and reads them from cookies.

    An id is valid for as long as the secret exists; with a new one, each browser gets a new id.
    """

    secret: bytes

    @cached_property
    def cookie_name(self) -> str:
        """The cookie's name, by the secret: a browser sends its cookies to all ports of a host, so to other servers."""
        return f"aecore-visitor-{_digest(b'cookie name' + self.secret)[:8]}"

    @cached_property
    def _signer(self) -> Signer:
        return Signer(self.secret, salt="visitor", digest_method=hashlib.sha256)

    def issue(self) -> str:
        """A cookie's value with a new id."""
        return self._signer.sign(secrets.token_hex(16)).decode()

    def valid(self, cookies: Mapping[str, str]) -> str | None:
        """The cookie's value among `cookies`; None if there is none, or if this server did not sign it."""
        value = cookies.get(self.cookie_name, "")
        return value if self._signer.validate(value) else None

    def owner(self, cookies: Mapping[str, str]) -> str | None:
        """The owner that runs store for a visitor: a hash of the id. None as for `valid`."""
        try:
            return _digest(self._signer.unsign(cookies.get(self.cookie_name, "")))[:32]
        except BadSignature:
            return None


@cache
def visitor_ids() -> VisitorIds:
    """The ids of this server's visitors; servers with the same `AECORE_HOME` share them."""
    try:
        return VisitorIds(_stored_secret(settings().home))
    except OSError:  # the ids last until the server ends
        return VisitorIds(secrets.token_bytes(SECRET_BYTES))


class VisitorCookie:
    """ASGI middleware that sets the cookie of each browser that opens a page, and renews a valid one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the response for a page gets a cookie."""
        # Only navigations: files that a first page loads at the same time would each get another id.
        if scope["type"] != "http" or "text/html" not in HTTPConnection(scope).headers.get("accept", ""):
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", _set_cookie(HTTPConnection(scope)))
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _set_cookie(request: HTTPConnection) -> str:
    ids = visitor_ids()
    cookie: SimpleCookie = SimpleCookie()
    cookie[ids.cookie_name] = ids.valid(request.cookies) or ids.issue()
    secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", "").split(",")[0].strip())
    path = "/" + st.get_option("server.baseUrlPath").strip("/")
    attributes = {"path": path, "max-age": SECONDS_VALID, "httponly": True, "samesite": "Lax", "secure": secure}
    cookie[ids.cookie_name].update(attributes)
    return cookie[ids.cookie_name].OutputString()


def _stored_secret(home: Path) -> bytes:
    """Read the secret, or create it, readable by the machine's owner only. Raises OSError."""
    home.mkdir(parents=True, exist_ok=True)
    file = home / SECRET_FILE
    with file_lock(home / f".{SECRET_FILE}.lock", SECONDS_TO_LOCK):  # two servers may start at the same time
        secret = file.read_bytes() if file.exists() else b""
        if len(secret) != SECRET_BYTES:
            secret = secrets.token_bytes(SECRET_BYTES)
            replace_file(file, secret)  # a temporary file, whose mode is 0600
    return secret


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
