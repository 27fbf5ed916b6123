"""Streamlit's messages, as its front end reads and writes them (read from Streamlit 1.67)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

#: What a page shows where it used to fail: `pages.parts.shell.text.problem` draws errors like this.
PROBLEM = ":material/error:"


class Inbox:
    """The messages that arrived; the server replaces one that the browser has by its hash."""

    def __init__(self) -> None:
        self.known: dict[str, ForwardMsg] = {}

    def unpack(self, data: bytes) -> ForwardMsg:
        """The message in a websocket frame; raises LookupError for the hash of an unknown one."""
        message = ForwardMsg()
        message.ParseFromString(data)
        if message.WhichOneof("type") == "ref_hash":
            if message.ref_hash not in self.known:
                raise LookupError("the server refers to a message that it never sent")
            return self.known[message.ref_hash]
        if message.metadata.cacheable and message.hash:
            self.known[message.hash] = message
        return message


def rerun_message(
    url: str,
    query: str,
    page_hash: str,
    known: Iterable[str],
    fragment: str = "",
    auto: bool = False,
    button: str = "",
    numbers: dict[str, float] | None = None,
) -> bytes:
    """Build the request of a script run.

    Args:
        url: the address of the page, without the query.
        query: the query string of the address.
        page_hash: the page's, as the server gave it; the first request names the page instead.
        known: hashes of the messages that need not be sent again.
        fragment: id of the only fragment to run; empty: the whole page.
        auto: whether a timer asks and not the visitor.
        button: id of the button that was pressed, if any.
        numbers: values by id of the number fields that were filled in.
    """
    message = BackMsg()
    rerun = message.rerun_script
    rerun.query_string, rerun.page_script_hash = query, page_hash
    if not page_hash:
        rerun.page_name = url.rsplit("/", 1)[-1]
    rerun.fragment_id, rerun.is_auto_rerun = fragment, auto
    rerun.cached_message_hashes.extend(known)
    rerun.context_info.timezone, rerun.context_info.locale, rerun.context_info.url = "UTC", "en-US", url
    if button:
        rerun.widget_states.widgets.add(id=button, trigger_value=True)
    for field, value in (numbers or {}).items():
        rerun.widget_states.widgets.add(id=field, double_value=value)
    return message.SerializeToString()


def text_of(element: Any) -> str:
    """The text of a Markdown or HTML element, else empty."""
    kind = element.WhichOneof("type")
    return getattr(element, kind).body if kind in ("markdown", "html") else ""


def problem_in(element: Any) -> str:
    """The error message that an element shows, else empty."""
    kind = element.WhichOneof("type")
    if kind == "exception":
        return f"exception {element.exception.type}"
    if kind == "alert" and element.alert.format == Alert.ERROR:
        return element.alert.body
    return element.markdown.body if kind == "markdown" and PROBLEM in element.markdown.body else ""


def live_data(element: Any) -> dict[str, Any]:
    """The data of a browser component that reads a run from the server's live route, whose id is `live`; else empty."""
    if element.WhichOneof("type") != "bidi_component":
        return {}
    component = element.bidi_component
    kind = component.WhichOneof("data")
    text = component.mixed.json if kind == "mixed" else component.json if kind == "json" else ""
    data = json.loads(text) if text else None
    return data if isinstance(data, dict) and isinstance(data.get("live"), str) else {}
