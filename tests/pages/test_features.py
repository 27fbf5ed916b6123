"""The Features page."""

from __future__ import annotations

import json

import pytest
import streamlit as st
from page_elements import assert_no_error, page_text

from aecore.evaluation.features.few_labels import CLASSIFIERS
from aecore.evaluation.features.representations import REPRESENTATIONS
from aecore.runs.computed import label_accuracies
from pages.parts.features import sections
from pages.parts.features.section import Section
from pages.parts.shell import jobs, session

PAGE = "pages/features.py"


@pytest.fixture
def run(train_one):
    return train_one({})


def store(run, content=None):
    """Store accuracies: of the i-th representation 0.5 + i / 10 with one label, and 0.9 + i / 100 with all."""
    entries = {
        name: [
            {"classifier": classifier, "labels_per_class": labels, "values": [mean - j / 50 for mean in means]}
            for labels, means in ((1, (0.4 + i / 10, 0.6 + i / 10)), (None, (0.9 + i / 100,)))
            for j, classifier in enumerate(CLASSIFIERS)
        ]
        for i, name in enumerate(REPRESENTATIONS)
    }
    file = run.folder / label_accuracies._name(run.model_step())
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(entries) if content is None else content, encoding="utf-8")


def requested(run):
    return [job for job in jobs._jobs().by_name.values() if str(run.folder) in job.command]


@pytest.mark.parametrize(
    ("classifier", "codes", "best"),
    [("knn", ("50.0", "90.0"), ("80.0", "93.0")), ("logistic", ("48.0", "88.0"), ("78.0", "91.0"))],
)
def test_shows_the_accuracies_of_the_chosen_classifier(open_page, run, classifier, codes, best):
    store(run)
    app = open_page(PAGE, run.id)
    app.session_state[session.CLASSIFIER.name] = classifier
    app.run()
    assert_no_error(app)
    (html,) = [html.proto.body for html in app.get("html") if "scores few-labels" in html.proto.body]
    assert f"<td>{codes[0]} <small>±\N{NO-BREAK SPACE}14.1</small></td><td>{codes[1]}</td>" in html
    assert f"<td><b>{best[0]}</b> <small>±\N{NO-BREAK SPACE}14.1</small></td><td><b>{best[1]}</b></td>" in html, (
        "pixels"
    )
    assert html.count("<b>") == 2
    assert all(f">{representation.title}</th>" in html for representation in REPRESENTATIONS.values())
    assert not requested(run)


STARTERS = ["starter-1-quick", "starter-2-vae", "starter-3-two", "starter-4-conv", "starter-5-denoise"]


@pytest.mark.parametrize("starter", STARTERS)
def test_starters_come_with_their_accuracies(open_page, starter):
    app = open_page(PAGE, starter)
    assert_no_error(app)
    assert any("scores few-labels" in html.proto.body for html in app.get("html"))


@pytest.mark.parametrize("content", [None, "damaged"])
def test_computes_what_is_missing_once(open_page, run, content):
    if content:
        store(run, content)
    for _ in range(2):  # sessions
        app = open_page(PAGE, run.id)
        assert_no_error(app)
        assert len(requested(run)) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset.classes": (8,), "dataset.images": 200}, "trained on one class only"),
        ({"dataset": {"kind": "vectors", "images": 300, "validation": 50}, "training.loss": "mse"}, "have no classes"),
    ],
    ids=["one class", "vectors"],
)
def test_says_why_there_is_nothing_to_classify(open_page, train_one, changes, message):
    run = train_one(changes)
    app = open_page(PAGE, run.id)
    assert_no_error(app)
    assert message in page_text(app)
    assert ("**pixels**" in page_text(app)) == run.config().has_images, "the lesson is about the run's examples"
    assert not requested(run)


@pytest.mark.parametrize(
    ("address", "shown"), [("Other", "the other"), ("Unknown", "few-labels"), (None, "few-labels")]
)
def test_the_address_selects_a_section(open_page, run, monkeypatch, address, shown):
    store(run)
    other = Section("Other", lambda run, config: st.caption("the other"))
    hidden = Section("Unknown", lambda run, config: None, available=lambda config: False)
    monkeypatch.setattr(sections, "SECTIONS", (*sections.SECTIONS, other, hidden))
    app = open_page(PAGE, run.id, **({"features": address} if address else {}))
    assert_no_error(app)
    assert shown in page_text(app)
    (control,) = [group for group in app.button_group if group.key == "features"]
    assert control.options == [section.title for section in sections.SECTIONS[:-1]]
