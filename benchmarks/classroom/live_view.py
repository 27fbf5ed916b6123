"""What the browser components of a page ask the server about one run, without script runs.

All components of a page that show a run share one loop of requests. The page is asked for again when its run has ended,
or when its state in other ways no longer matches what the script drew.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable

from benchmarks.classroom.browser import Browser, Response
from benchmarks.classroom.record import now

ACTIVE = ("queued", "training")
MIN_INTERVAL, MAX_INTERVAL = 0.1, 30.0  # seconds, bounds of what the server asks for
SECONDS_BETWEEN_STATES = {True: 2.0, False: 5.0}  # while only the state of an active run is shown; of another one
SECONDS_BETWEEN_RERUNS = 5.0  # for the same status; each doubles it
MAX_SECONDS_BETWEEN_RETRIES = 10.0


class LiveView:
    """The requests for one run.

    Args:
        browser: sends the requests.
        run: the run's id.
        on_pictures: called with the run's id after the pictures were loaded.
        on_change: called with the run's id and its status when the page must be drawn again.
    """

    def __init__(
        self,
        browser: Browser,
        run: str,
        on_pictures: Callable[[str], None],
        on_change: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self.browser, self.run, self.on_pictures, self.on_change = browser, run, on_pictures, on_change
        self.drawn_status = "queued"  # for which the script drew the page
        self.shows_details = False  # pictures and metrics, else only the state
        self.step, self.interval, self.failures, self.sheet = 0, 1.0, 0, ""
        self.url = self.etag = ""
        self._loading: asyncio.Task[None] | None = None
        self._asked = ("", 0, 0.0)  # for a rerun: status, how often, when
        self._wake = asyncio.Event()  # a component needs an answer at once
        self._watching = asyncio.create_task(self._watch())

    def drawn(self, data: dict[str, object]) -> None:
        """Take the data of a component that the script drew."""
        if isinstance(status := data.get("status"), str):
            self.drawn_status = status
        elif not self.shows_details:
            self.shows_details = True
            self._wake.set()

    def close(self) -> None:
        for task in (self._watching, self._loading):
            if task:
                task.cancel()

    async def _watch(self) -> None:
        """One request at a time; the next one after the interval that the server gave."""
        while True:
            await asyncio.sleep(0)  # until all components that arrived together are drawn
            self._wake.clear()
            try:
                await self._show(await self._request())
                self.failures = 0
            except (OSError, ValueError, LookupError, TypeError) as error:
                self.failures += 1
                self._problem(f"{type(error).__name__}: {error}")
            retry = min(MAX_SECONDS_BETWEEN_RETRIES, 2.0 ** (self.failures - 1)) if self.failures else 0.0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), retry or self.interval)

    async def _request(self) -> Response:
        url = f"/live/{self.run}?" + (f"since={self.step}" if self.shows_details else "only=state")
        same = url == self.url and self.etag
        response = await self.browser.get(url, {"If-None-Match": self.etag} if same else {})
        self.url, self.etag = url, response.headers.get("etag", self.etag if same else "")
        return response

    async def _show(self, response: Response) -> None:
        if response.status == 304:
            return
        news = json.loads(response.body)
        if response.status == 404:
            self._problem(f"404: {news['problem']}")
            news = {"status": "gone", "interval": MAX_INTERVAL}
        elif response.status != 200:
            raise ConnectionError(f"status {response.status}")
        status, self.step = news["status"], news.get("step", self.step)
        shortest = MIN_INTERVAL if self.shows_details else SECONDS_BETWEEN_STATES[status in ACTIVE]
        self.interval = min(MAX_INTERVAL, max(shortest, news.get("interval", 1.0)))
        self._load(news.get("sheet"))
        if status != self.drawn_status and not {status, self.drawn_status} <= set(ACTIVE) and self._may_rerun(status):
            await self.on_change(self.run, status)

    def _load(self, sheet: str | None) -> None:
        """Load the pictures beside the other requests, unless the last ones are still loading."""
        if sheet and sheet != self.sheet and (self._loading is None or self._loading.done()):
            self._loading = asyncio.create_task(self._load_pictures(sheet))

    async def _load_pictures(self, sheet: str) -> None:
        try:
            response = await self.browser.get(f"/{sheet.lstrip('/')}")
        except OSError as error:
            self._problem(f"pictures: {error}")
            return
        if response.status == 200 and response.body.startswith(b"\x89PNG"):
            self.sheet = sheet
            self.on_pictures(self.run)
        else:
            self._problem(f"pictures: {response.status}")

    def _may_rerun(self, status: str) -> bool:
        last, count, at = self._asked
        if status != last:
            count = 0
        elif now() - at < SECONDS_BETWEEN_RERUNS * 2 ** (count - 1):
            return False
        self._asked = (status, count + 1, now())
        return True

    def _problem(self, message: str) -> None:
        self.browser.record.errors[f"live route: {message}"] += 1
