"""A client of the live views' routes, and runs to watch."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from typing import Any, NamedTuple

from starlette.applications import Starlette

from aecore.runs.files.state import this_process
from aecore.runs.run import Run
from aecore.runs.store import Store
from pages.parts.server.routes import routes

TRAINING = {"status": "training", **this_process()}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


def get(path: str, query: str = "", **headers: str) -> Answer:
    """Ask the routes as a browser does."""
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": query.encode(), "root_path": "",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Starlette(routes=routes())(scope, receive, send))
    names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], names, b"".join(message.get("body", b"") for message in sent[1:]))


def copy_of(trained: Run, store: Store) -> Run:
    """A new run in a store with the files of another one."""
    return Run(shutil.copytree(trained.folder, store.root / f"20260101-000000-{len(store.runs()):06x}"))


def damage(*files: str) -> Callable[[Run], object]:
    return lambda run: [(run.folder / file).write_bytes(b"\x00damaged") for file in files]


def remove(*files: str) -> Callable[[Run], object]:
    return lambda run: [(run.folder / file).unlink() for file in files]
