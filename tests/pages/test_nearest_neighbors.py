"""The section "Nearest neighbors" of the Features page."""

from __future__ import annotations

import base64
import json
import re

import pytest
import torch
from page_elements import assert_no_error, page_text

from aecore.data.pixels import to_float
from aecore.evaluation.features.few_labels import CLASSIFIERS
from aecore.evaluation.features.representations import REPRESENTATIONS
from aecore.images import to_png
from aecore.runs.computed import label_accuracies
from pages.parts.features.nearest_neighbors import SHOWN
from pages.parts.shell import jobs, session

PAGE = "pages/features.py"
SECTION = {session.FEATURES_SECTION.name: "Nearest neighbors"}


def store_accuracies(run, codes):
    means = {"codes": codes, "pca": 0.7, "untrained": 0.99, "pixels": 0.8}
    entries = {
        name: [
            {"classifier": classifier, "labels_per_class": None, "values": [means[name] - i / 5]}
            for i, classifier in enumerate(CLASSIFIERS)
        ]
        for name in REPRESENTATIONS
    }
    file = run.folder / label_accuracies._name(run.model_step())
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(entries), encoding="utf-8")


@pytest.fixture
def run(train_one):
    run = train_one({})
    store_accuracies(run, 0.9)
    return run


def rows(app):
    """The HTML of the rows of neighbors, by what distances are measured between."""
    (html,) = [html.proto.body for html in app.get("html") if 'class="found-neighbors' in html.proto.body]
    return dict(re.findall(r"<h4>(\w+)<small>.*?</h4><div>(.*?)</div>", html))


def open_section(open_page, run, **state):
    app = open_page(PAGE, run.id, **SECTION, **state)
    assert_no_error(app)
    return app.run()


def test_shows_the_nearest_training_images_in_each_space(open_page, run, started):
    app = open_section(open_page, run, **{session.NEIGHBORS_QUERY.name: 3})
    assert_no_error(app)
    assert ["aecore.runs.computed.searched_features", str(run.folder)] in started
    data = run.config().dataset.load()
    query, training = to_float(data.test.images[[2]]), to_float(data.training.images)
    codes = run.model().encode(training), run.model().encode(query)
    for name, (x, q) in {"Codes": codes, "Pixels": (training.flatten(1), query.flatten(1))}.items():
        found = torch.cdist(q, x)[0].topk(SHOWN, largest=False).indices
        labels = [data.class_names[label] for label in data.training.labels[found]]
        assert re.findall(r"<b>(.*?)</b>", rows(app)[name]) == labels
        same = [label == data.class_names[data.test.labels[2]] for label in labels]
        assert [cls == "same" for cls in re.findall(r'<figure class="(\w+)"', rows(app)[name])] == same
    assert rows(app)["PCA"].count("<figure") == SHOWN


def test_encodes_only_once(open_page, run, started):
    for _ in range(2):  # sessions
        open_section(open_page, run)
    assert [command[0] for command in started].count("aecore.runs.computed.searched_features") == 1


def test_a_drawing_has_neighbors_and_no_class(open_page, run, started):
    picture = torch.zeros(280, 280, 1, dtype=torch.uint8)
    picture[40:240, 130:150] = 255
    drawing = {"picture": base64.b64encode(to_png(picture.numpy())).decode(), "strokes": []}
    app = open_section(open_page, run, **{"neighbors-source": "Draw"})
    assert "The nearest training images appear here." in page_text(app)
    app.session_state[session.DRAWING.name] = drawing
    app.run()
    assert_no_error(app)
    assert all(row.count("<figure") == SHOWN for row in rows(app).values())
    assert not re.search(r'<figure class="(same|other)"', "".join(rows(app).values()))
    assert "as the model sees it" in page_text(app)


def test_another_test_image_is_chosen_at_random(open_page, run, started):
    app = open_section(open_page, run)
    before = rows(app)
    app.button(key="shuffle-neighbors").click().run()
    assert_no_error(app)
    assert rows(app) != before or app.number_input(key=session.NEIGHBORS_QUERY.name).value == 1


@pytest.mark.parametrize(("codes", "best"), [(0.95, "Codes"), (0.5, "Pixels")])
def test_the_measured_line_names_the_best(open_page, run, started, codes, best):
    store_accuracies(run, codes)
    app = open_section(open_page, run)
    assert f"Best here: {best}." in page_text(app)
    assert f"{best} **{max(codes, 0.8):.1%}**" in page_text(app)


def test_a_failed_encoding_can_be_tried_again(open_page, run, monkeypatch):
    def start(name, command, heavy=False):
        jobs._jobs().by_name[name] = jobs.Job(command, running=False, problem="The disk is full.")

    monkeypatch.setattr(jobs, "start", start)
    app = open_page(PAGE, run.id, **SECTION)
    app.run()
    assert "disk is full" in page_text(app)
    assert any(button.label == "Try again" for button in app.button)
