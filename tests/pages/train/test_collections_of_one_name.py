"""Image collections of one name in the settings form: the id decides."""

from __future__ import annotations

import os

import numpy as np
from page_elements import assert_no_error, button, page_text, widget

from aecore.data import collections
from aecore.utils.settings import settings


def test_collections_of_one_name_and_their_validation_images(open_page):
    newest, oldest = (
        collections.create_collection(
            "Digits", [np.full((9, 9, 3), (i % 251, i // 251, 0), np.uint8) for i in range(first, first + count)]
        )
        for first, count in ((0, 400), (7, 30))
    )
    os.utime(settings().collections / oldest.id, (0, 0))
    app = open_page("pages/train.py")
    widget(app, "field.dataset").select("own").run()
    for collection, validation in ((newest, 36), (oldest, 2), (newest, 36)):
        widget(app, "field.dataset.collection").select(collection.id).run()
        assert_no_error(app)
        assert app.session_state["draft"]["dataset"]["collection"] == collection.id
        assert app.session_state["draft"]["dataset"]["validation"] == validation
        assert widget(app, "field.dataset.validation").value == validation
        assert not button(app, "Train").disabled
    labels = widget(app, "field.dataset.collection").options
    assert len(set(labels)) == 2
    assert all(label.startswith("Digits (") for label in labels)


def test_the_selected_collection_stays_when_others_of_its_name_come_and_go(open_page):
    def create(first: int) -> collections.ImageCollection:
        return collections.create_collection(
            "Digits", [np.full((9, 9, 3), i, np.uint8) for i in range(first, first + 40)]
        )

    selected, other = create(0), create(1)
    app = open_page("pages/train.py")
    widget(app, "field.dataset").select("own").run()
    widget(app, "field.dataset.collection").select(selected.id).run()
    for change in (lambda: collections.delete_collection(other), lambda: create(2), lambda: create(3)):
        change()
        widget(app, "field.dataset.side").select(32).run()
        assert_no_error(app)
        assert app.session_state["draft"]["dataset"]["collection"] == selected.id
        assert widget(app, "field.dataset.collection").value == selected.id
        assert not button(app, "Train").disabled
    collections.delete_collection(selected)
    app.run()
    assert_no_error(app)
    assert selected.name in page_text(app) or button(app, "Train").disabled
