"""The section "Disentanglement" of the Features page."""

from __future__ import annotations

import json
import math

import pytest
from page_elements import assert_no_error, page_text

from aecore.data.shapes import FACTORS
from aecore.runs.computed import factor_scores
from pages.parts.features.disentanglement import IMPORTANCE, heat_map
from pages.parts.shell import jobs, session

PAGE = "pages/features.py"
SECTION = {session.FEATURES_SECTION.name: "Disentanglement"}
ENTROPY = [math.log(len(values)) for values in FACTORS.values()]


@pytest.fixture
def run(train_one):
    return train_one({"dataset": {"kind": "shapes"}, "training.length": {"kind": "steps", "steps": 5}})


def store(run):
    """Store scores: the first dimension knows all of the first factor and half of the second, the others nothing."""
    information = [[0.0] * len(FACTORS) for _ in range(4)]
    information[0][:2] = [ENTROPY[0], 0.5 * ENTROPY[1]]
    stored = {
        "mutual_information": information,
        "entropy": ENTROPY,
        "importances": [[0.7] * len(FACTORS), *[[0.1] * len(FACTORS)] * 3],
        "sap": 0.123,
        "informativeness": 0.456,
    }
    file = run.folder / factor_scores._name(run.model_step())
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(stored), encoding="utf-8")


def requested(run):
    return [job for job in jobs._jobs().by_name.values() if str(run.folder) in job.command]


@pytest.fixture
def waiting(monkeypatch):
    """Jobs wait forever."""

    def start(name, command, heavy=False):
        jobs._jobs().by_name[name] = jobs.Job(command, waits=True)

    monkeypatch.setattr(jobs, "start", start)


def test_shows_the_stored_scores(open_page, run, waiting):
    store(run)
    app = open_page(PAGE, run.id, **SECTION)
    assert_no_error(app)
    assert not requested(run)
    shown = page_text(app)
    assert "<td><b>0.30</b></td><td><b>0.12</b></td>" in shown, "MIG is (1 + 1 / 2) / 5"
    assert "<strong>100%</strong>" in shown
    assert "<strong>50%</strong>" in shown
    app.session_state[session.FACTOR_MATRIX.name] = IMPORTANCE
    app.run()
    assert_no_error(app)
    assert page_text(app).count("<strong>70%</strong>") == len(FACTORS)


@pytest.mark.parametrize("factor", FACTORS)
def test_turns_each_factor(open_page, run, waiting, factor):
    store(run)
    app = open_page(PAGE, run.id, **SECTION, **{session.FACTOR.name: factor})
    assert_no_error(app)
    (sheets,) = [html.proto.body for html in app.get("html") if 'class="sheets"' in html.proto.body]
    assert sheets.count("<img") == 2 * len(FACTORS[factor])


def test_computes_what_is_missing(open_page, run, waiting):
    app = open_page(PAGE, run.id, **SECTION)
    assert_no_error(app)
    assert [job.command[0] for job in requested(run)] == ["aecore.runs.computed.factor_scores"]


def test_offers_to_train_on_shapes_where_factors_are_not_known(open_page, train_one, waiting):
    run = train_one({})
    app = open_page(PAGE, run.id, **SECTION)
    assert_no_error(app)
    assert "are not known" in page_text(app)
    assert any(button.label == "Train on shapes of known factors" for button in app.button)
    assert not requested(run)


@pytest.mark.parametrize(
    ("shares", "strong"), [([[0.2, 0.9], [0.6, 0.1]], ["90%", "60%"]), ([[1.0, 0.0]], ["100%", "0%"])]
)
def test_the_largest_share_of_each_factor_is_bold(shares, strong):
    html = heat_map(shares, ["a<b", "c"])
    assert "a&lt;b" in html
    assert html.count("<strong>") == 2
    assert all(f"<strong>{percent}</strong>" in html for percent in strong)
