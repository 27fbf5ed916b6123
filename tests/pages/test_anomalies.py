"""The Anomalies page."""

from __future__ import annotations

import pytest
from page_elements import assert_no_error, button, component_data, page_text, widget

from aecore.config.run_config import RunConfig
from aecore.evaluation.anomaly.baselines import BASELINES
from aecore.evaluation.anomaly.scores import SCORES
from aecore.runs.computed import anomaly_scores
from pages.parts.anomalies.scored import METHODS
from pages.parts.shell import resources, session

PAGE = "pages/anomalies.py"
ONE_DIGIT = {"dataset.classes": (8,), "dataset.images": 200, "training.length.epochs": 1}


@pytest.fixture
def one_digit(train_one):
    return train_one(ONE_DIGIT)


def threshold_chart(app):
    """What the histograms with the threshold show."""
    (data,) = [data for data in component_data(app) if "anomalous" in data]
    return data


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"dataset.classes": tuple(range(10))},
        {"dataset": {"kind": "vectors", "images": 300, "validation": 50}, "training.loss": "mse"},
    ],
    ids=["all digits", "all classes", "vectors"],
)
def test_without_a_normal_class_the_page_says_so_and_offers_a_training(open_page, train_one, started, changes):
    app = open_page(PAGE, train_one(changes).id)
    assert_no_error(app)
    assert "does not know what is normal" in page_text(app)
    assert not started
    widget(app, "normal").select(3).run()
    button(app, "Train on “3” only").click().run()
    (run,) = [entry.run for entry in resources.store().entries() if entry.state.active]
    assert run.id == app.session_state["run"]
    assert run.config().dataset.classes == (3,)
    assert run.state().recipe == "anomaly"
    assert_no_error(app)


@pytest.mark.parametrize("chosen_before", [{}, {"normal": 5}])
def test_a_dataset_of_few_classes_offers_its_own_classes(open_page, train_one, chosen_before):
    shapes = train_one({"dataset": {"kind": "shapes", "images": 200, "validation": 50}})
    app = open_page(PAGE, shapes.id, **chosen_before)
    assert_no_error(app)
    assert widget(app, "normal").options == ["triangle", "half disk", "heart"]
    assert button(app, "Train on “heart” only")


def test_scores_are_computed_once_and_again_if_the_file_is_damaged(open_page, one_digit, started):
    for _ in range(2):  # sessions
        app = open_page(PAGE, one_digit.id)
        app.run()
        assert_no_error(app)
        assert threshold_chart(app)["titles"]["normal"] == "Normal (8)"
        assert len(started) == 1
    resources.store.clear()
    (stored,) = one_digit.folder.glob("anomaly/*")
    stored.write_bytes(b"\x00damaged")
    app = open_page(PAGE, one_digit.id)
    app.run()
    assert_no_error(app)
    assert len(started) == 2
    assert threshold_chart(app)["start"]


def test_why_the_scores_are_missing_is_said_once(open_page, one_digit, started, monkeypatch):
    monkeypatch.setattr(anomaly_scores, "compute_scores", lambda run: (_ for _ in ()).throw(ValueError("no")))
    app = open_page(PAGE, one_digit.id)
    app.run()
    assert "It failed." in page_text(app)
    assert len(started) == 1


@pytest.mark.parametrize("name", ["smoothed-error", "mahalanobis", "pca"])
def test_page_shows_all_methods_and_the_chosen_one(open_page, one_digit, started, name):
    app = open_page(PAGE, one_digit.id)
    app.run()
    widget(app, "anomaly_score").select(name).run()
    assert_no_error(app)
    assert app.query_params["score"] in (name, [name])
    text = page_text(app)
    assert METHODS[name].explanation in text
    assert METHODS[name].formula in app.latex[0].value
    (formulas,) = [element.value for element in app.markdown if "| formula |" in element.value]
    for other in ({**SCORES, **BASELINES}).values():
        assert (other.title in text) == (other.formula in formulas) == (other.name != "elbo"), other.name
    chart = threshold_chart(app)
    assert len(chart["normal"]) + len(chart["anomalous"]) == 500
    assert chart["normal"] == sorted(chart["normal"])
    held_out = one_digit.config().dataset.held_out
    assert f"{held_out} validation images" in text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("error", "error"),
        ("Squared error", "error"),
        ("PCA residual (baseline)", "pca"),
        ("elbo", "smoothed-error"),
        ("nonsense", "smoothed-error"),
    ],
)
def test_the_address_names_the_score_also_as_earlier_versions_wrote_it(
    open_page, one_digit, started, address: str, shown: str
) -> None:
    app = open_page(PAGE, one_digit.id)
    del app.session_state[session.ANOMALY_SCORE.name]
    app.query_params["score"] = address
    app.run()
    assert_no_error(app)
    assert widget(app, "anomaly_score").value == shown
    assert app.query_params["score"] in (shown, [shown])


def test_a_run_without_validation_images_says_where_the_threshold_starts(open_page, train_one, started):
    app = open_page(PAGE, train_one({**ONE_DIGIT, "dataset.validation": 0}).id)
    app.run()
    assert_no_error(app)
    assert "held out no validation images" in page_text(app)


def test_an_active_run_is_shown_while_it_trains(open_page, app_store, small: RunConfig, started):
    run = app_store.create(small.changed(ONE_DIGIT), "One digit")
    app = open_page(PAGE, run.id)
    assert_no_error(app)
    assert "Once this model is trained" in page_text(app)
    assert not started


def test_the_normal_class_follows_the_run_unless_the_visitor_chose_one(open_page, train_one, started):
    runs = [train_one({**ONE_DIGIT, "dataset.classes": (c,)}) for c in (8, 1)]
    app = open_page(PAGE, runs[0].id)
    assert widget(app, "normal").value == 8
    widget(app, "run_picker").select(runs[1].id).run()
    assert widget(app, "normal").value == 1
    widget(app, "normal").select(5).run()
    widget(app, "run_picker").select(runs[0].id).run()
    assert widget(app, "normal").value == 5
