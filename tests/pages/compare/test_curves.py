"""The curves of the Compare page."""

from __future__ import annotations

import shutil
import time

import pytest
from page_elements import assert_no_error, component_data, page_text

from aecore.runs.files.state import this_process
from aecore.runs.run import Run
from pages.parts.shell.paths import ROOT


@pytest.fixture
def open_curves(open_page):
    def opened(*runs: str):
        app = open_page("pages/home.py")
        app.query_params["runs"] = ",".join(runs)
        app.session_state["section"] = "Curves"
        app = app.switch_page(str(ROOT / "pages/compare.py")).run()
        assert_no_error(app)
        return app, [data for data in component_data(app) if "curves" in data]

    return opened


#: The runs, and the numbers and units of those that share a chart.
CHARTS = {
    "one unit": (("starter-1-quick", "starter-2-vae"), [([0, 1], "nats/image")]),
    "two units": (
        ("starter-1-quick", "starter-4-conv", "starter-2-vae"),
        [([0, 2], "nats/image"), ([1], "squared error/image")],
    ),
}


@pytest.mark.parametrize(("runs", "expected"), CHARTS.values(), ids=CHARTS)
def test_losses_of_different_units_have_charts_of_their_own(open_curves, runs, expected):
    app, charts = open_curves(*runs)
    assert [([curve["number"] for curve in chart["curves"]], chart["unit"]) for chart in charts] == expected
    assert [chart["has_controls"] for chart in charts] == [True, False][: len(charts)]
    assert ("different units" in page_text(app)) is (len(charts) > 1)


def test_records_have_positions_on_every_axis_and_a_loss_without_penalties(open_curves):
    _, (chart,) = open_curves("starter-1-quick", "starter-2-vae")
    dense, vae = chart["curves"]
    step, epoch, train, validation, reconstruction, seconds, train_reconstruction = vae["records"][-1]
    assert (step, epoch, vae["images_per_epoch"]) == (1920, 60.0, 4000)
    assert 0 < reconstruction < validation
    assert 0 < train_reconstruction < train
    assert 0 < seconds < 100
    assert dense["records"][-1][4] is None
    assert dense["baseline"]["name"] == "PCA, 16 components"


def test_a_run_in_training_is_read_by_the_browser(open_curves, app_store, trained):
    run = Run(shutil.copytree(trained.folder, app_store.root / "20260101-000000-abcdef"))
    run.change_state(status="training", started=time.time(), **this_process())
    _, (chart,) = open_curves(run.id, "starter-1-quick")
    assert [curve["is_live"] for curve in chart["curves"]] == [True, False]
