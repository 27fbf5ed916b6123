"""A model that was trained on one digit, and the same trained with or without corruption."""

from __future__ import annotations

import pytest
from page_elements import assert_no_error, button, component_data, page_text

from pages.parts.shell import resources

PAGE = "pages/anomalies.py"
PLAIN = {"dataset.classes": (8,), "dataset.images": 200, "training.length.epochs": 1}
REPAIRING = PLAIN | {"corruption.kind": "scratches"}


def charts(app):
    return [data for data in component_data(app) if "anomalous" in data]


@pytest.mark.parametrize(("selected", "other"), [(PLAIN, REPAIRING), (REPAIRING, PLAIN)], ids=["plain", "repairing"])
def test_a_checkbox_shows_both_with_the_repairing_one_first(open_page, train_one, started, selected, other):
    run, counterpart = train_one(selected), train_one(other)
    app = open_page(PAGE, run.id)
    app.run()
    assert [run.id in chart["id"] for chart in charts(app)] == [True]
    app.checkbox(key="counterpart").check().run()
    app.run()
    assert_no_error(app)
    repairing, plain = (run, counterpart) if selected is REPAIRING else (counterpart, run)
    assert [repairing.id in charts(app)[0]["id"], plain.id in charts(app)[1]["id"]] == [True, True]
    assert {command[1] for command in started} == {str(run.folder), str(counterpart.folder)}
    text = page_text(app)
    assert "Trained to repair: scratches" in text
    assert text.count("average precision ") >= 2
    assert "What the model without corruption misses" in text
    app.checkbox(key="counterpart").uncheck().run()
    assert len(charts(app)) == 1


@pytest.mark.parametrize(
    ("selected", "kind"),
    [(PLAIN, "cut-paste"), (REPAIRING, "none")],
    ids=["plain", "repairing"],
)
def test_a_missing_counterpart_is_trained_by_one_click(open_page, train_one, started, selected, kind):
    run = train_one(selected)
    train_one(PLAIN | {"corruption.kind": "gaussian"})  # noise has no structure
    train_one(selected | {"training.seed": 7, "corruption.kind": kind})  # differs in more than the corruption
    app = open_page(PAGE, run.id)
    app.run()
    app.checkbox(key="counterpart").check().run()
    assert "This run took " in page_text(app)
    button(app, "Train it").click().run()
    assert_no_error(app)
    (created,) = [entry for entry in resources.store().entries() if entry.state.active]
    assert app.session_state["run"] == run.id, "the selected run stays"
    assert created.config.corruption.kind == kind
    assert created.config.model_copy(update={"corruption": run.config().corruption}) == run.config()
    assert "Train it" not in " ".join(element.label for element in app.button), "it is in training"
    assert len(charts(app)) == 1


def test_the_starter_models_show_it_at_once(open_page, started):
    app = open_page(PAGE)
    assert app.session_state["run"] == "starter-6-eights"
    app.checkbox(key="counterpart").check().run()
    assert_no_error(app)
    assert len(charts(app)) == 2
    assert not started, "their scores come with them"
