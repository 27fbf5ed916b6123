"""The limit on the memory that uploaded files take on a server for many, kept by an ASGI middleware.

A refused file is replaced by a sentence, which the page shows: Streamlit's uploader could show only the response's
status code.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from threading import Lock
from typing import cast
from weakref import WeakKeyDictionary

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from aecore.errors import ImageError
from aecore.images import MAX_ZIP_BYTES
from aecore.utils.settings import Limits, settings
from pages.parts.visitors import local
from pages.parts.visitors.visitor_cookie import visitor_ids

_ROUTE = "/_stcore/upload_file/"
_REFUSED = secrets.token_bytes(16)  # a refused file begins with this
_MAX_HEAD_BYTES = 64 * 1024  # of a multipart body, before the file's content

_kept: WeakKeyDictionary[object, int] = WeakKeyDictionary()
_kept_lock = Lock()


def keep(upload: object, size: int) -> None:
    """Count `size` bytes for as long as `upload`, made from an uploaded file, exists."""
    with _kept_lock:
        _kept[upload] = size


def _kept_bytes() -> int:
    with _kept_lock:
        return sum(_kept.values())


def release(files: Iterable[UploadedFile]) -> None:
    """Delete uploaded files that were read: Streamlit would keep them as long as the visit."""
    context = get_script_run_ctx()
    if context and runtime.exists():
        for file in files:
            _files().remove_file(context.session_id, file.file_id)


def max_megabytes() -> int:
    """Return the largest size of one file that the page's visitor may upload."""
    largest = round(MAX_ZIP_BYTES / 1e6)
    if local.is_local(st.context.headers, st.context.ip_address):
        return largest
    return max(1, min(largest, settings().limits.upload_mb))


def refusal(file: UploadedFile) -> str:
    """Return why the middleware refused a file; empty if it did not."""
    try:
        content(file)
    except ImageError as error:
        return str(error)
    return ""


def content(file: UploadedFile) -> bytes:
    """Return the content of an uploaded file. Raises ImageError with the reason if the middleware refused it."""
    data = file.getvalue()
    if data.startswith(_REFUSED):
        raise ImageError(data.removeprefix(_REFUSED).decode())
    return data


class UploadLimit:
    """ASGI middleware that refuses files which would take more memory than a visitor, or all together, may use."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._arriving: Counter[str] = Counter()  # bytes by session
        self._owners: dict[str, str] = {}  # of sessions that have uploaded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a file over a limit is replaced by the reason."""
        _, route, rest = scope.get("path", "").partition(_ROUTE)
        if not route or scope.get("method") != "PUT" or _is_local(scope):
            await self.app(scope, receive, send)
            return
        session, size = rest.partition("/")[0], _size(scope)
        owner = visitor_ids().owner(HTTPConnection(scope).cookies) or session
        if reason := self._reason(owner, size, settings().limits):
            scope, receive = await _replaced(scope, receive, _REFUSED + reason.encode())
            size = 0
        self._owners[session] = owner
        self._arriving[session] += size
        try:
            await self.app(scope, receive, send)
        finally:
            self._arriving[session] -= size
            self._arriving = +self._arriving  # without the sessions of which nothing arrives

    def _reason(self, owner: str, size: int, limits: Limits) -> str:
        """Why another file of a visitor, of `size` bytes, is refused; empty if it is not."""
        held = self._held()
        self._owners = {session: other for session, other in self._owners.items() if session in held}
        own = size + sum(held[session] for session, other in self._owners.items() if other == owner)
        if own > limits.upload_mb * 1e6:
            return (
                f"not loaded, because your uploads would take {own / 1e6:,.1f} MB of memory; this server allows "
                f"{limits.upload_mb:,} MB. Upload fewer or smaller files."
            )
        if held.total() + _kept_bytes() + size > limits.all_uploads_mb * 1e6:
            return (
                f"not loaded, because the uploads of all visitors take {limits.all_uploads_mb:,} MB of memory, the "
                "most on this server. Try again later."
            )
        return ""

    def _held(self) -> Counter[str]:
        """The bytes of each session's files, stored or on their way."""
        storage = _files().file_storage.items()
        stored = {session: sum(len(file.data) for file in files.values()) for session, files in storage}
        return Counter(stored) + self._arriving


def _files() -> MemoryUploadedFileManager:
    return cast(MemoryUploadedFileManager, runtime.get_instance().uploaded_file_mgr)


def _is_local(scope: Scope) -> bool:
    client = scope.get("client")
    return local.is_local(Headers(scope=scope), client[0] if client else "")


def _size(scope: Scope) -> int:
    """The announced size in bytes, or the largest that Streamlit accepts."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else int(st.get_option("server.maxUploadSize")) * 2**20


async def _replaced(scope: Scope, receive: Receive, content: bytes) -> tuple[Scope, Receive]:
    """Read a multipart body to its end; return a request with the same head, so the same file name, and `content`."""
    head, more = b"", True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        if b"\r\n\r\n" not in head and len(head) < _MAX_HEAD_BYTES:
            head += message.get("body", b"")
    _, _, boundary = Headers(scope=scope).get("content-type", "").partition("boundary=")
    body = head.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + content + f"\r\n--{boundary}--\r\n".encode()
    scope = {**scope, "headers": list(scope["headers"])}
    MutableHeaders(scope=scope)["content-length"] = str(len(body))

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return scope, replay
