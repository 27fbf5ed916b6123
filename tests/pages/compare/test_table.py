"""Settings and scores on the Compare page."""

from __future__ import annotations

import pytest
from page_elements import assert_no_error, page_text, widget

from pages.parts.shell.paths import ROOT


@pytest.fixture
def open_table(open_page):
    def opened(runs: str):
        app = open_page("pages/home.py")
        app.query_params["runs"] = runs
        app.session_state["section"] = "Scores"
        return app.switch_page(str(ROOT / "pages/compare.py")).run()

    return opened


def test_differing_settings_are_bold_and_equal_ones_folded(open_table):
    app = open_table("starter-1-quick,starter-2-vae")
    assert_no_error(app)
    text = page_text(app)
    assert "<td>Linear</td><td><b>Variational</b></td>" in text
    differing, _, equal = text.partition("All runs")
    assert "Training · Batch size" in equal
    assert "Training · Batch size" not in differing


def test_table_lists_all_finished_runs_and_pca_the_compared_ones_first(open_table):
    app = open_table("starter-3-two,starter-2-vae")
    frame = app.dataframe[0].value
    assert list(frame["letter"][:4]) == ["A", "", "B", ""]
    assert set(frame["name"]) >= {"Dense, 2 dimensions", "PCA, 2 components", "Conv, 1,568 dimensions"}
    assert frame["ssim"].notna().all(), "starter models come with their SSIM"
    assert frame["psnr"].max() <= 100


def test_filter(open_table):
    app = open_table("starter-3-two,starter-2-vae")
    widget(app, "filter").input("pca 16").run()
    assert list(app.dataframe[0].value["name"]) == ["PCA, 16 components"]
    widget(app, "filter").input("nothing like this").run()
    assert_no_error(app)
    assert "No run matches the filter." in page_text(app)
