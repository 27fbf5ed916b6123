"""Read the texts and widgets of a page that AppTest has run."""

from __future__ import annotations

import json
import re
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from pages.parts.runs.live import LiveRun
from pages.parts.shell import resources


def page_text(app: AppTest) -> str:
    """All text of a page outside of its widgets."""
    elements = [*app.title, *app.header, *app.markdown, *app.caption, *app.error]
    drawn = [body for element in app.get("html") if not (body := element.proto.body).startswith("<style")]
    text = "\n".join([*(element.value for element in elements), *drawn, *live_texts(app)])
    return re.sub(r"\\([^\w\s])", r"\1", text)  # user text is escaped in Markdown


def live_texts(app: AppTest) -> list[str]:
    """What the live components of a page show at first, and what the browser then reads from the server's route."""
    texts = []
    for data in component_data(app):
        if "live" in data:
            run = LiveRun(resources.store().get(data["live"]))
            run.update()
            shown = json.loads(run.json(0, 1.0))
            lines = [data.get("label"), data.get("name"), *(shown[key] for key in ("label", "progress", "message"))]
            texts += [*filter(None, lines), *shown["diagnoses"]]
    return texts


def component_data(app: AppTest) -> list[dict[str, Any]]:
    """The data of each browser component on a page."""
    return [json.loads(element.proto.json) for element in app.get("bidi_component") if element.proto.json]


def assert_no_error(app: AppTest) -> None:
    """Assert that there is no exception, no error box of `error_boundary`, and no traceback."""
    assert not app.exception, [e.value for e in app.exception]
    assert not app.error, [e.value for e in app.error]
    assert "Traceback" not in page_text(app)


def button(app: AppTest, label: str) -> Button:
    """The only button with this label."""
    (found,) = [b for b in app.button if b.label == label]
    return found


def fields(app: AppTest) -> dict[str, Any]:
    """The widgets by their keys, without the version after `#`."""
    kinds = (
        app.selectbox,
        app.number_input,
        app.text_input,
        app.select_slider,
        app.toggle,
        app.multiselect,
        app.slider,
    )
    return {found.key.partition("#")[0]: found for kind in kinds for found in kind if found.key}


def widget(app: AppTest, name: str) -> Any:
    """The widget with this key."""
    return fields(app)[name]
