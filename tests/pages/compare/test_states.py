"""Every section of the Compare page with runs in unusual states: a sentence instead of an error."""

from __future__ import annotations

import pytest
from page_elements import assert_no_error, page_text, widget
from run_maker import Maker

from aecore.runs.files.state import this_process
from pages.parts.shell.paths import ROOT

SECTIONS = ["Images", "Curves", "Latent maps", "Scores"]

#: How to create the run, and what the section of images says.
STATES = {
    "queued": (lambda make: make.new(), "has no images yet. They appear here after its first steps."),
    "first step not taken": (lambda make: make.new(status="training", **this_process()), "has no images yet"),
    "training": (lambda make: make.old(status="training", **this_process()), ""),
    "failed": (lambda make: make.old(status="failed", reason="The disk is full."), ""),
    "files damaged": (
        lambda make: make.damaged("scores.json", "baseline.json", "metrics.jsonl", "model.safetensors"),
        "",
    ),
    "examples damaged": (lambda make: make.damaged("examples.safetensors"), "has no images yet"),
    "a snapshot damaged": (lambda make: make.damaged("snapshots/00000030.safetensors"), ""),
    "weights missing": (lambda make: make.without("model.safetensors", "scores.json"), ""),
    "null results": (lambda make: make.rewritten("null", "scores.json", "baseline.json", "metrics.jsonl"), ""),
}


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize(("create", "message"), STATES.values(), ids=STATES)
def test_every_section_in_every_state(open_page, app_store, small, trained, create, message, section):
    run = create(Maker(app_store, small, trained))
    app = open_page("pages/home.py")
    app.query_params["runs"] = f"{run.id},starter-1-quick"
    app.session_state["section"] = section
    app = app.switch_page(str(ROOT / "pages/compare.py")).run()
    assert_no_error(app)
    assert widget(app, "compared_runs").value == [run.id, "starter-1-quick"]
    if section == "Images":
        assert message in page_text(app)
    if section == "Latent maps" and run.state().active and run.model_step() is None:
        assert "A has no weights yet. Its map appears after its first checkpoint." in page_text(app)


def test_a_run_that_is_deleted_meanwhile_is_named(open_page, app_store, small, trained):
    run = Maker(app_store, small, trained).old()
    app = open_page("pages/home.py")
    app.query_params["runs"] = f"{run.id},starter-1-quick"
    app = app.switch_page(str(ROOT / "pages/compare.py")).run()
    app_store.delete(run)
    app.run()
    assert_no_error(app)
    assert f"There is no run “{run.id}” here. It may have been deleted." in page_text(app)
    assert widget(app, "compared_runs").value == ["starter-1-quick"]
