"""Reading a page that was drawn without a browser."""

from __future__ import annotations

import re
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button


def said(app: AppTest) -> str:
    """All text that a page shows outside of widgets."""
    elements = [*app.title, *app.header, *app.markdown, *app.caption, *app.error]
    drawn = [element.proto.body for element in app.get("html")]
    text = "\n".join([*(element.value for element in elements), *drawn])
    return re.sub(r"\\([^\w\s])", r"\1", text)  # visitors' texts are escaped for Markdown


def assert_no_errors(app: AppTest) -> None:
    """Assert that no exception was raised, neither shown nor replaced by an error boundary's message."""
    assert not app.exception, [e.value for e in app.exception]
    assert not app.error, [e.value for e in app.error]
    assert "Traceback" not in said(app)


def button(app: AppTest, label: str) -> Button:
    """The one button of that label."""
    (found,) = [b for b in app.button if b.label == label]
    return found


def fields(app: AppTest) -> dict[str, Any]:
    """The widgets by name: their keys without what follows `#`, which changes whenever the app puts values there."""
    kinds = (
        app.selectbox,
        app.number_input,
        app.text_input,
        app.select_slider,
        app.toggle,
        app.multiselect,
        app.slider,
    )
    return {widget.key.partition("#")[0]: widget for kind in kinds for widget in kind if widget.key}


def keyed(app: AppTest, name: str) -> Any:
    """The widget of that name."""
    return fields(app)[name]
