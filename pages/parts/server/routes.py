"""The routes of the server besides Streamlit's: the pages' documents, and what components read without a script run."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Awaitable, Callable
from functools import cache, wraps
from hashlib import blake2b
from typing import TYPE_CHECKING

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aecore.errors import RunNotFound, SweepNotFound, UnreadableRun, UnreadableSweep
from pages.parts.server.index_page import PAGES, index_page
from pages.parts.server.load import STEADY, server_load
from pages.parts.shell.paths import ASSETS, UPLOT, UPLOT_SCRIPT

if TYPE_CHECKING:
    from pages.parts.runs.live import LiveRun
    from pages.parts.sweeps.live import LiveSweep

Handler = Callable[[Request], Awaitable[Response]]

FAILED = "The server could not read this run. The terminal shows the details."


def routes() -> list[Route]:
    """The routes, below `server.baseUrlPath`."""
    base = st.get_option("server.baseUrlPath").strip("/")
    prefix = f"/{base}" if base else ""
    return [
        *(Route(f"{prefix}/{page}", document) for page in PAGES),
        Route(f"{prefix}/live/{{run_id}}.png", live_sheet),
        Route(f"{prefix}/live/{{run_id}}/snapshots", live_snapshots),
        Route(f"{prefix}/live/{{run_id}}", live),
        Route(f"{prefix}/live/sweeps/{{sweep_id}}.csv", sweep_table),
        Route(f"{prefix}/live/sweeps/{{sweep_id}}", sweep),
        Route(f"{prefix}/{UPLOT}/{UPLOT_SCRIPT}", uplot),
    ]


def _explained(handler: Handler) -> Handler:
    """Decorator: a run or sweep that cannot be shown is 404 with a sentence, never a server error."""

    @wraps(handler)
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except (RunNotFound, UnreadableRun, SweepNotFound, UnreadableSweep) as error:
            problem = str(error)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            problem = FAILED
        return JSONResponse({"problem": problem}, 404, {"Cache-Control": "no-cache"})

    return answered


async def document(request: Request) -> Response:
    """The HTML document of a page."""
    return _response(request, index_page(request.scope["path"].rpartition("/")[2]), "text/html")


@_explained
async def live(request: Request) -> Response:
    """What the live view of a run shows, with the records after the step `since`; with `only=state`, its state."""
    run = await _live_run(request)
    interval = server_load.interval(run.phase)
    if request.query_params.get("only") == "state":
        return _response(request, run.state_json(interval), "application/json")
    body = run.json(_step(request, "since"), interval)
    return _response(request, body, "application/json")


@_explained
async def live_snapshots(request: Request) -> Response:
    """The snapshots of a run after the step `after`, with their images."""
    from pages.parts.runs.snapshots import added_snapshots

    run = await _live_run(request)
    body = await run_in_threadpool(added_snapshots, run.run, _step(request, "after"))
    return _response(request, body, "application/json")


@_explained
async def live_sheet(request: Request) -> Response:
    """The example images of a run as one PNG."""
    run = await _live_run(request)
    png = await run_in_threadpool(run.png)
    if png is None:
        raise UnreadableRun(f"The run {run.run.id} has no images yet.")
    return _response(request, png, "image/png")


@_explained
async def sweep(request: Request) -> Response:
    """The results of a sweep so far."""
    live = await _live_sweep(request)
    interval = server_load.interval(STEADY if live.status in ("training", "working") else live.status)
    return _response(request, live.json(interval), "application/json")


@_explained
async def sweep_table(request: Request) -> Response:
    """The runs of a sweep as CSV."""
    live = await _live_sweep(request)
    headers = {"Content-Disposition": f'attachment; filename="{live.results.sweep}.csv"'}
    return Response(live.csv(), headers=headers, media_type="text/csv")


async def uplot(_: Request) -> Response:
    """The chart library, which browsers keep: its address names the version."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_uplot_script(), headers=headers, media_type="text/javascript")


@cache
def _uplot_script() -> bytes:
    return (ASSETS / UPLOT / UPLOT_SCRIPT).read_bytes()


async def _live_run(request: Request) -> LiveRun:
    """The run that the path names, read again if that is due. Raises RunNotFound or UnreadableRun."""
    # Imported here because caches register with the running server.
    from pages.parts.runs.live import live_runs

    run = live_runs().get(request.path_params["run_id"])
    if not run.fresh:
        await run_in_threadpool(run.update)
    return run


async def _live_sweep(request: Request) -> LiveSweep:
    """The sweep that the path names. Raises SweepNotFound or UnreadableSweep."""
    from pages.parts.sweeps.live import live_sweep

    return await run_in_threadpool(live_sweep, request.path_params["sweep_id"])


def _step(request: Request, parameter: str) -> int:
    """The step in a parameter of the query; 0 if there is none."""
    value = request.query_params.get(parameter, "")
    return int(value) if value.isdecimal() and len(value) < 16 else 0


def _response(request: Request, body: bytes, media_type: str) -> Response:
    """The body with an ETag, or 304 if the browser has it already."""
    etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    known = request.headers.get("if-none-match", "")
    if etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)
