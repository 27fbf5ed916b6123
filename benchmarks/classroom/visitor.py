"""A virtual visitor: opens the Train page, presses Train and watches, as a browser would."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from urllib.parse import parse_qs

import websockets
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.classroom.browser import Browser
from benchmarks.classroom.live_view import ACTIVE, LiveView
from benchmarks.classroom.messages import Inbox, live_data, problem_in, rerun_message, text_of
from benchmarks.classroom.record import Record, now

PAGE = "train"
SECONDS_TO_REDRAW = 10.0  # that a visitor stays after the end of the run
#: The states in which a run has ended, as the page shows them where no component reads the live route.
ENDED = {f"**{state.capitalize()}": state for state in ("finished", "stopped", "interrupted", "failed")}


class Visitor:
    """One browser tab and its connection.

    Args:
        port: the server's, on 127.0.0.1.
        lengths: what to type into a number field before pressing Train, by its label, if the page has such a field.
    """

    def __init__(self, port: int, lengths: dict[str, float]) -> None:
        self.port, self.lengths = port, lengths
        self.record = Record()
        self.browser = Browser(port, self.record)
        self.inbox = Inbox()
        self.socket: websockets.ClientConnection | None = None
        self.query = self.page_hash = self.train_button = ""
        self.fields: dict[str, str] = {}  # ids of the number fields by label
        self.fragments: list[str] = []  # of the script run that is arriving; none: the whole page
        self.timers: dict[str, tuple[float, asyncio.Task[None]]] = {}  # by fragment
        self.live_views: dict[str, LiveView] = {}  # by run
        self.drawn: set[str] = set()  # the runs that live views of the page that is arriving show
        self.redrawn, self.over = asyncio.Event(), asyncio.Event()
        self.reading: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{PAGE}"

    @property
    def is_open(self) -> bool:
        return self.record.opened is not None

    async def open(self, delay: float, seconds: float) -> None:
        """Open the page after `delay`, and wait at most `seconds` until it is drawn."""
        await asyncio.sleep(delay)
        began = now()
        try:
            async with asyncio.timeout(seconds):
                await self.browser.get(f"/{PAGE}")
                self.socket = await websockets.connect(
                    f"ws://127.0.0.1:{self.port}/_stcore/stream",
                    subprotocols=[websockets.Subprotocol("streamlit")],
                    origin=websockets.Origin(f"http://127.0.0.1:{self.port}"),
                    additional_headers=self.browser.cookie_header,
                    max_size=None,
                    open_timeout=None,
                    ping_interval=None,
                )
                self.reading = asyncio.create_task(self._read(self.socket))
                await self.ask()
                await self.redrawn.wait()
            self.record.opened = now() - began
        except TimeoutError:
            self.record.errors["the page did not open in time"] += 1
        except (OSError, websockets.WebSocketException) as error:
            self.record.errors[f"opening: {type(error).__name__}: {error}"] += 1
        if not self.is_open:
            await self.close()

    async def train(self, delay: float, seconds: float) -> None:
        """Press Train after `delay`, watch at most `seconds` until the run has ended, and close the page."""
        await asyncio.sleep(delay)
        self.record.begin_measuring()
        try:
            if not self.train_button:
                raise LookupError("no Train button on the page")
            typed = {self.fields[label]: value for label, value in self.lengths.items() if label in self.fields}
            if self.lengths and not typed:
                raise LookupError(f"none of {', '.join(self.lengths)} among the fields {', '.join(self.fields)}")
            async with asyncio.timeout(seconds):
                await self.ask(button=self.train_button, numbers=typed)
                await self.over.wait()
            self._stop_asking()
            async with asyncio.timeout(SECONDS_TO_REDRAW):
                while self.record.pending:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            what = "a request was not answered" if self.over.is_set() else "a run did not end in time"
            self.record.errors[what] += 1
        except (LookupError, OSError, websockets.WebSocketException) as error:
            self.record.errors[f"{type(error).__name__}: {error}"] += 1
        await self.close()

    async def close(self) -> None:
        """Close the page; waits that have not ended count up to now."""
        self.record.close()
        self._stop_asking()
        if self.reading:
            self.reading.cancel()
        if self.socket:
            await self.socket.close()
        self.browser.close()

    # What a browser sends

    async def ask(
        self, fragment: str = "", auto: bool = False, button: str = "", numbers: dict[str, float] | None = None
    ) -> None:
        """Ask for a script run of the page or of one fragment."""
        if self.socket is None:
            return
        self.record.ask(fragment)
        known = list(self.inbox.known)
        message = rerun_message(self.url, self.query, self.page_hash, known, fragment, auto, button, numbers)
        with contextlib.suppress(websockets.ConnectionClosed):  # which `_read` reports
            await self.socket.send(message)

    async def _ask_repeatedly(self, fragment: str, interval: float) -> None:
        due = now()
        while True:  # as the browser's timer, which does not wait for the answer
            due += interval
            await asyncio.sleep(max(0.0, due - now()))
            await self.ask(fragment, auto=True)

    def _stop_asking(self) -> None:
        self._stop_timers(list(self.timers))
        for view in self.live_views.values():
            view.close()

    def _stop_timers(self, fragments: list[str]) -> None:
        for fragment in fragments:
            if fragment in self.timers:
                self.timers.pop(fragment)[1].cancel()

    # What it receives

    async def _read(self, socket: websockets.ClientConnection) -> None:
        try:
            async for data in socket:
                self._receive(self.inbox.unpack(bytes(data)))
        except (LookupError, OSError, websockets.WebSocketException) as error:
            self.record.errors[f"reading: {type(error).__name__}: {error}"] += 1
        else:
            self.record.errors["the server closed the connection"] += 1
        self.over.set()

    def _receive(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                self.page_hash = message.new_session.page_script_hash
                self.fragments = list(message.metadata.run.fragment_ids)
                if not self.fragments:
                    self._stop_timers(list(self.timers))
                    self.drawn.clear()
            case "navigation":
                self.page_hash = message.navigation.page_script_hash
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
                if self.record.pressed_at and not self.record.run:
                    self.record.run = parse_qs(self.query).get("run", [""])[0]
            case "auto_rerun":
                self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                self._stop_timers(list(message.stop_auto_rerun.fragment_ids))
            case "delta" if message.delta.HasField("new_element"):
                self._show(message.delta.new_element)
            case "script_finished":
                self._script_finished(message.script_finished)
            case "page_not_found":
                self.record.errors["page not found"] += 1

    def _start_timer(self, fragment: str, interval: float) -> None:
        if self.timers.get(fragment, (0.0,))[0] != interval:
            self._stop_timers([fragment])
            self.timers[fragment] = (interval, asyncio.create_task(self._ask_repeatedly(fragment, interval)))

    def _script_finished(self, status: int) -> None:
        if status == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            for fragment in self.fragments:
                self.record.fragment_answered(fragment)
        elif status == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.record.page_answered()
            for run in self.live_views.keys() - self.drawn:
                self.live_views.pop(run).close()
            self.redrawn.set()
        elif status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.record.errors["the script did not compile"] += 1

    def _show(self, element: Any) -> None:
        match element.WhichOneof("type"):
            case "button" if element.button.label == "Train":
                self.train_button = element.button.id
            case "number_input":
                self.fields[element.number_input.label] = element.number_input.id
            case "bidi_component" if data := live_data(element):
                self._show_live(data)
        if problem := problem_in(element):
            self.record.errors[f"the page shows: {problem[:160]}"] += 1
        if not self.record.run:
            return  # the page shows another run, or none
        text = text_of(element)
        if 'class="strips"' in text:
            self.record.show_pictures()
        for words, status in ENDED.items():
            if words in text:
                self.record.end(status)
                self.over.set()

    def _show_live(self, data: dict[str, Any]) -> None:
        run = data["live"]
        self.drawn.add(run)
        if run not in self.live_views:
            self.live_views[run] = LiveView(self.browser, run, self._pictures_loaded, self._status_changed)
        self.live_views[run].drawn(data)

    def _pictures_loaded(self, run: str) -> None:
        if run == self.record.run:
            self.record.show_pictures()

    async def _status_changed(self, run: str, status: str) -> None:
        ended = run == self.record.run and status not in ACTIVE
        if ended:
            self.record.end(status)
        await self.ask()
        if ended:
            self.over.set()
