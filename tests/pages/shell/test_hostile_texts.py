"""Texts that visitors set are shown as they are, never rendered: no page shows their Markdown or HTML."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from google.protobuf.message import Message
from page_elements import assert_no_error, widget
from streamlit.testing.v1 import AppTest

from aecore.config.run_config import RunConfig
from aecore.data import collections
from aecore.data.collections import ImageInFolder
from aecore.images import to_png
from aecore.runs.files.config_file import config_file
from aecore.runs.files.state import this_process
from aecore.runs.run import Run
from aecore.runs.store import Store
from pages.parts.images.uploads import UploadedImage
from pages.parts.shell.text import escaped

HOSTILE = "![i](http://a.b/c) <b>x</b> m@a.b &lt;"  # as long as the longest run id that a message quotes
RENDERED = ("![i](", "<b>", "http://a", "m@a", " &lt;")  # parts of it that Markdown would not show as they are

#: Elements and their fields that show plain text. The data of components is set as text, never as HTML.
PLAIN = {
    ("text_input", "default"), ("text_input", "value"), ("selectbox", "options"), ("selectbox", "raw_value"),
    ("multi_select", "options"), ("multi_select", "raw_values"), ("bidi_component", "json"),
}  # fmt: skip

TRAIN, RECONSTRUCT, LATENT = "pages/train.py", "pages/reconstruct.py", "pages/latent.py"


class Case:
    """A page on which a visitor's text appears."""

    def __init__(self, open_page: Callable[..., AppTest], store: Store, trained: Run, small: RunConfig) -> None:
        self.open_page, self.store, self.trained, self.small = open_page, store, trained, small

    def run(self, **changes: object) -> str:
        """The id of a trained run in that state."""
        run = Run(self.store.root / "20260101-000000-abcdef")
        shutil.copytree(self.trained.folder, run.folder)
        run.change_state(**changes)
        return run.id

    def on_deleted_pictures(self) -> str:
        """The id of a run whose settings name a collection that is not there."""
        run = self.store.get(self.run())
        config = self.small.changed({"dataset.kind": "own", "dataset.collection": HOSTILE})
        (run.folder / "config.json").write_bytes(config_file(config))
        return run.id

    def with_classes(self, path: str, **state: object) -> AppTest:
        """A page of a run on a collection with a class of that name."""
        images = np.random.default_rng(0).integers(0, 256, (60, 28, 28), np.uint8)
        collections.create_collection("c", [ImageInFolder(im, HOSTILE + " 2" * (i % 2)) for i, im in enumerate(images)])
        run = self.store.get(self.run())
        config = self.small.changed({"dataset.kind": "own", "dataset.validation": 0})
        (run.folder / "config.json").write_bytes(config_file(config))
        return self.open_page(path, run.id, **state)

    def with_collection(self) -> AppTest:
        """The form with a collection of that name, to which such a file was added."""
        collections.create_collection(HOSTILE, [np.full((9, 9), i, np.uint8) for i in range(40)])
        app = self.open_page(TRAIN, collection_problems=[f"{HOSTILE}: no picture."])
        return widget(app, "field.dataset").select("own").run()  # type: ignore[no-any-return]

    def with_widths(self) -> AppTest:
        """The form with that text in place of a list of numbers."""
        return widget(self.open_page(TRAIN), "field.network.widths").set_value(HOSTILE).run()  # type: ignore[no-any-return]


PICTURE = UploadedImage(HOSTILE, to_png(np.eye(30, dtype=np.uint8)[:, :, None] * 255))
UPLOADS = {
    "uploads": [PICTURE, UploadedImage(HOSTILE, problem=f"{HOSTILE} is no picture.")],
    "image-source": "Upload",
    "noise-image-source": "Upload",
    "own_image_source": "Upload",
    "view": "Your image",
}

#: How a visitor's text comes onto a page.
CASES: dict[str, Callable[[Case], AppTest]] = {
    "name of a run": lambda case: case.open_page(TRAIN, case.run(name=HOSTILE)),
    "name of a run in training": lambda case: case.open_page(
        TRAIN, case.run(name=HOSTILE, status="training", **this_process())
    ),
    "run in the address": lambda case: case.open_page(LATENT, HOSTILE),
    "name of the run shown for a missing one": lambda case: (case.run(name=HOSTILE), case.open_page(TRAIN, "none"))[1],
    "why a run was stopped": lambda case: case.open_page(TRAIN, case.run(status="stopped", reason=HOSTILE)),
    "why a run failed": lambda case: case.open_page(TRAIN, case.run(status="failed", reason=HOSTILE)),
    "missing collection of a run": lambda case: case.open_page(LATENT, case.on_deleted_pictures()),
    "missing collection in the form": lambda case: case.open_page(TRAIN, case.on_deleted_pictures()),
    "name of a collection": Case.with_collection,
    "a list of numbers": Case.with_widths,
    "a class on Reconstruct": lambda case: case.with_classes(RECONSTRUCT),
    "a class on the map": lambda case: case.with_classes(LATENT),
    "a class in a selection": lambda case: case.with_classes(LATENT, view="Selection").button[0].click().run(),
    "a class in arithmetic": lambda case: case.with_classes(LATENT, view="Arithmetic"),
    "a class in a replay": lambda case: case.with_classes(LATENT, view="Training replay"),
    "files on Reconstruct": lambda case: case.open_page(RECONSTRUCT, None, **UPLOADS),
    "files on Denoise": lambda case: case.open_page("pages/denoise.py", None, **UPLOADS),
    "files on Latent space": lambda case: case.open_page(LATENT, None, **UPLOADS),
}


@pytest.mark.parametrize("name", CASES)
def test_a_visitors_text_is_never_rendered(open_page, app_store, trained, small, name):
    app = CASES[name](Case(open_page, app_store, trained, small))
    assert_no_error(app)
    shown = [found for found in all_texts(app) if "a.b" in found[2].replace("\\", "")]
    assert shown, "the text is not on the page"
    for element, field, text in shown:
        if (element, field) in PLAIN:
            continue
        if element == "plotly_chart":
            text = " ".join(trace["name"] for trace in json.loads(text)["data"])
        is_html = element in ("html", "plotly_chart")
        forbidden = ("<b>x",) if is_html else RENDERED
        assert not [part for part in forbidden if part in text], (element, field, text)
        unescaped = html.unescape(text) if is_html else re.sub(r"\\([^\w\s])", r"\1", text)
        assert HOSTILE[:18] in unescaped.replace("\u2060", ""), "nothing of it is lost"


@pytest.mark.parametrize("text", ["a\u202eb", "a\u2067b", "a\0b", "a\x1b[2J b"])
def test_a_text_changes_nothing_behind_it(text):
    assert re.sub(r"[\\\w\[ ]", "", escaped(text)) == ""


@pytest.mark.parametrize("text", ["a\n\n# b", "a\r\n- b", "\n\n    a"])
def test_a_text_stays_one_line(text):
    assert len(escaped(text).split("\n")) == 1


def all_texts(app: AppTest) -> Iterator[tuple[str, str, str]]:
    """Every text that the page sends to the browser: the kind of its element, the field, and the text."""
    blocks = [app._tree]
    while blocks:
        node = blocks.pop()
        blocks += getattr(node, "children", {}).values()
        if isinstance(proto := getattr(node, "proto", None), Message):
            kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(proto).__name__).lower()
            yield from ((kind, field, text) for field, text in _strings(proto))


def _strings(message: Any, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(message, str):
        yield field, message
    elif isinstance(message, Message):
        for descriptor, value in message.ListFields():
            yield from _strings(value, descriptor.name)
    elif not isinstance(message, bool | int | float | bytes):
        for value in message.values() if hasattr(message, "values") else message:
            yield from _strings(value, field)
