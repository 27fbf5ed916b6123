"""The virtual visitors and the table of the classroom benchmark."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections import Counter

import psutil
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.classroom.__main__ import parse_arguments
from benchmarks.classroom.record import Record
from benchmarks.classroom.report import Result, table
from benchmarks.classroom.server import end_processes, free_port
from benchmarks.classroom.visitor import Visitor

PNG = b"\x89PNG\r\n"


class FakeApp:
    """A server that speaks as much of the app's protocol as a visitor needs.

    Args:
        how: "live" serves the run through the live route, "fragment" through a fragment that is asked for repeatedly,
            "silent" does not answer the press, "refused" shows an error.
    """

    def __init__(self, how: str) -> None:
        self.how, self.port = how, free_port()
        self.polls: list[tuple[str, str | None]] = []  # `since` and If-None-Match
        self.typed: dict[str, float] = {}
        self.cookies: set[str | None] = set()
        routes = [
            Route("/train", self.page),
            Route("/live/abc.png", self.sheet),
            Route("/live/abc", self.live),
            WebSocketRoute("/_stcore/stream", self.stream),
        ]
        self.server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=self.port, log_level="error"))

    def __enter__(self) -> FakeApp:
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            self.thread.join(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)

    async def page(self, _: Request) -> Response:
        response = Response("<html>")
        response.set_cookie("visitor", "seven", httponly=True)
        return response

    async def live(self, request: Request) -> Response:
        self.cookies.add(request.cookies.get("visitor"))
        self.polls.append((request.query_params["since"], request.headers.get("If-None-Match")))
        number = len(self.polls)
        if number == 2:
            return Response(status_code=304)
        status, step, sheet = {1: ("queued", 0, None), 3: ("training", 5, "live/abc.png?step=5")}.get(
            number, ("finished", 9, "live/abc.png?step=5")
        )
        news = {"status": status, "step": step, "sheet": sheet, "records": [], "interval": 0.01}
        return JSONResponse(news, headers={"ETag": f'"{number}"'})

    async def sheet(self, _: Request) -> Response:
        return Response(PNG, media_type="image/png")

    async def stream(self, socket: WebSocket) -> None:
        self.cookies.add(socket.cookies.get("visitor"))
        await socket.accept("streamlit")
        try:
            while True:
                message = BackMsg.FromString(await socket.receive_bytes())
                for answer in self.answers(message):
                    await socket.send_bytes(answer.SerializeToString())
        except WebSocketDisconnect:
            pass

    def answers(self, message: BackMsg) -> list[ForwardMsg]:
        values = {widget.id: widget for widget in message.rerun_script.widget_states.widgets}
        begin = ForwardMsg()
        begin.new_session.page_script_hash = "hash"
        if fragment := message.rerun_script.fragment_id:
            begin.metadata.run.fragment_ids.append(fragment)
            end = finished(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
            return [begin, element("html", body='<div class="strips">'), element("markdown", body="**Finished**"), end]
        form = [element("button", id="train", label="Train"), element("number_input", id="steps", label="Steps")]
        end = finished(ForwardMsg.FINISHED_SUCCESSFULLY)
        if "train" not in values:
            return [begin, *form, end]
        self.typed = {name: widget.double_value for name, widget in values.items() if name != "train"}
        if self.how == "silent":
            return [begin]
        if self.how == "refused":
            return [
                begin,
                *form,
                element("markdown", body=":red[:small[:material/error: Three runs are queued.]]"),
                end,
            ]
        address = ForwardMsg()
        address.page_info_changed.query_string = "run=abc"
        views = [{"live": "abc"}, {"live": "abc", "status": "queued"}]  # the pictures, and the state
        shown = [element("bidi_component", id=str(view), json=json.dumps(view)) for view in views]
        if self.how == "fragment":
            shown = [ForwardMsg()]
            shown[0].auto_rerun.fragment_id, shown[0].auto_rerun.interval = "view", 0.05
        return [begin, *form, address, *shown, end]


def element(kind: str, **fields: str) -> ForwardMsg:
    message = ForwardMsg()
    for name, value in fields.items():
        setattr(getattr(message.delta.new_element, kind), name, value)
    return message


def finished(status: int) -> ForwardMsg:
    message = ForwardMsg()
    message.script_finished = status
    return message


def visit(app: FakeApp, seconds: float = 5.0) -> Record:
    async def all_of_it() -> Record:
        visitor = Visitor(app.port, {"Steps": 80, "Epochs": 2})
        await visitor.open(0.0, 5.0)
        assert visitor.is_open, visitor.record.errors
        await visitor.train(0.0, seconds)
        return visitor.record

    return asyncio.run(all_of_it())


def test_visitor_reads_the_live_route():
    with FakeApp("live") as app:
        record = visit(app)
    assert (record.status, record.errors) == ("finished", Counter())
    assert 0 < record.pictures < record.ended
    assert app.polls == [("0", None), ("0", '"1"'), ("0", '"1"'), ("5", None)]
    assert app.cookies == {"seven"}
    assert app.typed == {"steps": 80.0}
    # The press and the end of the run ask for the page; four requests for news, one for the pictures.
    assert (record.asked, record.answered, record.unanswered) == (7, 7, 0)
    assert (len(record.reruns), len(record.live_requests)) == (2, 5)


def test_visitor_repeats_a_fragment():
    with FakeApp("fragment") as app:
        record = visit(app)
    assert (record.status, record.errors, record.unanswered) == ("finished", Counter(), 0)
    assert 0 < record.pictures <= record.ended
    assert len(record.reruns) == record.asked >= 2
    assert not app.polls


def test_visitor_that_gets_no_answer_counts_its_wait():
    with FakeApp("silent") as app:
        record = visit(app, seconds=0.3)
    assert record.longest_wait == pytest.approx(0.3, abs=0.15)
    assert (record.asked, record.answered, record.unanswered, record.status) == (1, 0, 1, "")
    assert record.errors == {"a run did not end in time": 1}


def test_visitor_reports_what_the_page_refuses():
    with FakeApp("refused") as app:
        record = visit(app, seconds=0.3)
    assert any("Three runs are queued" in error for error in record.errors)


def test_every_process_with_the_home_folder_is_ended(tmp_path):
    code = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""
    environment = {**os.environ, "AECORE_HOME": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE)
    child = psutil.Process(int(parent.stdout.readline()))
    end_processes(parent, tmp_path)
    parent.stdout.close()
    psutil.wait_procs([child], timeout=5)
    assert parent.poll() is not None
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_table_has_a_row_for_each_class_and_lists_errors():
    record = Record(opened=0.5, pressed_at=100.0, pictures=2.0, ended=12.0, status="finished", asked=7, answered=6)
    waiting = Record(opened=0.7, pressed_at=101.0, errors=Counter({"a run did not end in time": 1}), longest_wait=9.25)
    result = Result("after", [record, waiting], 30.0, (0.2, 1.5, 0.1), (500, 900), 0.012, (400, 410))
    head, _, row, *rest = table([result]).splitlines()
    cells = dict(zip(head.strip("| ").split(" | "), row.strip("| ").split(" | "), strict=True))
    assert cells["finished"] == "1 of 2"
    assert cells["requests asked / answered / left"] == "7 / 6 / 0"
    assert cells["longest silence, s"] == "9.2"
    assert cells["first pictures, s"] == "2.0 / 2.0 (1 of 2)"
    assert cells["runs per min"] == "5.0"
    assert cells["CPU server / workers / others"] == "20% / 150% / 10%"
    assert rest[-1] == "- after, 2 visitors: a run did not end in time (1 times)"


@pytest.mark.parametrize(
    "arguments", [["--visitors", "0"], ["--visitors", "201"], ["--seconds", "0"], ["--tree", "/"], ["--length", "2"]]
)
def test_arguments_out_of_bounds_are_refused(arguments, capsys):
    with pytest.raises(SystemExit):
        parse_arguments(arguments)
    assert arguments[0] in capsys.readouterr().err


def test_lengths_have_labels():
    assert parse_arguments(["--length", "Steps=80", "Epochs=2"]).length == [("Steps", 80.0), ("Epochs", 2.0)]
