"""The memory that uploaded files may take on a server for many, with Streamlit's own upload route behind the limit."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec
from streamlit.web.server.starlette.starlette_routes import create_upload_routes

from pages.parts.images.uploads import UploadedImage, images_in
from pages.parts.server import upload_limit
from pages.parts.server.upload_limit import UploadLimit
from pages.parts.visitors.visitor_cookie import visitor_ids

MB = 1_000_000


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """Streamlit's files, with a limit of 4 MB for a visitor and 8 MB for all."""
    monkeypatch.setenv("AECORE_MAX_UPLOAD_MB", "4")
    monkeypatch.setenv("AECORE_MAX_ALL_UPLOADS_MB", "8")
    manager = MemoryUploadedFileManager("/_stcore/upload_file")
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=manager))
    monkeypatch.setattr("streamlit.web.server.starlette.starlette_routes.is_xsrf_enabled", lambda: False)
    return manager


@pytest.fixture
def server(files: MemoryUploadedFileManager) -> Starlette:
    sessions: Any = SimpleNamespace(is_active_session=lambda session: True)
    return Starlette(routes=create_upload_routes(sessions, files, None), middleware=[Middleware(UploadLimit)])


def put(server: Starlette, session: str, size: int, cookie: str = "") -> None:
    """Upload a file from this machine, as a browser does."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="kitten.png"\r\n\r\n'
    body = head + bytes(size) + b"\r\n--b--\r\n"
    chunks = [body[i : i + MB] for i in range(0, len(body), MB)]
    headers = {
        "host": "localhost",
        "content-type": "multipart/form-data; boundary=b",
        "content-length": str(len(body)),
        "cookie": cookie,
    }
    scope: Any = {
        "type": "http", "method": "PUT", "path": f"/_stcore/upload_file/{session}/{size}", "query_string": b"",
        "root_path": "", "client": ("127.0.0.1", 1), "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(server(scope, receive, send))
    assert sent[0]["status"] == 204
    assert not chunks


def stored(files: MemoryUploadedFileManager, session: str, size: int) -> UploadedFile:
    [record] = files.get_files(session, [str(size)])
    urls: Any = SimpleNamespace(upload_url="", delete_url="", file_id=record.file_id)
    return UploadedFile(record, urls)


#: The server's address, megabytes of each visitor's files before, of the next one of "ann", and why it is refused.
UPLOADS: dict[str, tuple[str, dict[str, int], int, str]] = {
    "first": ("0.0.0.0", {}, 3, ""),
    "own files together": (
        "0.0.0.0",
        {"ann": 2},
        3,
        "uploads would take 5.0 MB of memory; this server allows 4 MB",
    ),
    "one file": ("0.0.0.0", {}, 5, "your uploads would take 5.0 MB"),
    "beside others": ("0.0.0.0", {"bob": 3}, 3, ""),
    "all together": (
        "0.0.0.0",
        {"bob": 3, "eve": 3},
        3,
        "the uploads of all visitors take 8 MB of memory",
    ),
    "at the machine": ("localhost", {"ann": 2, "bob": 3}, 5, ""),
}


@pytest.mark.parametrize("name", UPLOADS)
def test_refuses_files_over_a_limit_with_a_sentence(server, files, set_address, name):
    address, before, size, reason = UPLOADS[name]
    set_address(address)
    for session, megabytes in before.items():
        put(server, session, megabytes * MB)
    put(server, "ann", size * MB)
    file = stored(files, "ann", size * MB)
    [(file_name, error)] = images_in(file)
    assert file_name == "kitten.png"
    assert ("not loaded" in str(error)) is bool(reason)
    assert reason in str(error)
    assert (file.size < 1000) is bool(reason)


@pytest.mark.parametrize(("address", "megabytes"), [("localhost", 200), ("0.0.0.0", 4)])
def test_the_drop_zone_states_the_limit_of_the_server(files, set_address, address, megabytes):
    set_address(address)
    assert upload_limit.max_megabytes() == megabytes


@pytest.mark.parametrize(
    ("sent", "name"),
    [("a%22b%22.png", 'a"b".png'), ("10:30.png", "10:30.png"), ("50%.png", "50%.png"), ("a%0Ab.png", "a?b.png")],
)
def test_names_of_uploaded_files_are_those_on_the_disk(sent, name):
    record = UploadedFileRec("1", sent, "", b"text")
    [(shown, _)] = images_in(UploadedFile(record, SimpleNamespace(upload_url="", delete_url="", file_id="1")))
    assert shown == name


def test_removed_files_make_room(server, files, set_address):
    set_address("0.0.0.0")
    for _ in range(3):
        put(server, "ann", 3 * MB)
        assert stored(files, "ann", 3 * MB).size == 3 * MB
        files.remove_session_files("ann")


def test_pictures_kept_from_files_count_until_they_are_removed(server, files, set_address):
    set_address("0.0.0.0")
    picture = UploadedImage("kitten.png", bytes(6 * MB))
    upload_limit.keep(picture, len(picture.png))
    put(server, "ann", 3 * MB)
    assert stored(files, "ann", 3 * MB).size < 1000
    del picture
    put(server, "ann", 3 * MB)
    assert stored(files, "ann", 3 * MB).size == 3 * MB


def test_tabs_of_one_browser_count_together(server, files, set_address):
    set_address("0.0.0.0")
    ids = visitor_ids()
    cookie = f"{ids.cookie_name}={ids.issue()}"
    put(server, "first tab", 3 * MB, cookie)
    put(server, "second tab", 3 * MB, cookie)
    assert stored(files, "second tab", 3 * MB).size < 1000
