"""The runs of a sweep in the run picker and in the choice of runs to compare."""

from __future__ import annotations

import shutil

import pytest
from page_elements import assert_no_error, widget

from aecore.runs.run import Run
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.sweep import Sweep, SweepStore


@pytest.fixture
def sweep(app_store, small, trained) -> Sweep:
    """Two seeds of two latent sizes, as if trained, and a run of its own."""
    found = SweepStore(app_store).create(
        SweepPlan(base=small, setting="bottleneck.latent", values=(2, 4), seeds=2, recipe="quick-start")
    )
    for member in found.plan().members:
        run = Run(shutil.copytree(trained.folder, app_store.root / found.run_id(member)))
        run.change_state(sweep=found.id, name=found.plan().member_name(member))
    shutil.copytree(trained.folder, app_store.root / "20260101-000000-aaaaaa")
    return found


def test_a_sweep_is_one_entry_of_the_picker(open_page, sweep):
    app = open_page("pages/train.py", run=f"{sweep.id}-003")
    assert_no_error(app)
    picker = widget(app, "run_picker")
    assert picker.value == sweep.id
    (label,) = [option for option in picker.options if option.startswith("Quick start: latent 2, 4 · ")]
    assert label.endswith(" · 4 runs")
    assert len(picker.options) == 2
    members = widget(app, "member_picker")
    assert members.value == f"{sweep.id}-003"
    assert members.options == ["latent 2, seed 0", "latent 4, seed 0", "latent 2, seed 1", "latent 4, seed 1"]
    app = members.set_value(f"{sweep.id}-002").run()
    assert app.session_state["run"] == f"{sweep.id}-002"
    app = widget(app, "run_picker").set_value("20260101-000000-aaaaaa").run()
    assert app.session_state["run"] == "20260101-000000-aaaaaa"
    app = widget(app, "run_picker").set_value(sweep.id).run()
    assert app.session_state["run"] == f"{sweep.id}-002", "the one seen last"
    assert_no_error(app)


def test_runs_whose_sweep_is_gone_are_listed_like_others(open_page, sweep):
    shutil.rmtree(sweep.folder)
    app = open_page("pages/train.py", run=f"{sweep.id}-003")
    assert_no_error(app)
    assert widget(app, "run_picker").value == f"{sweep.id}-003"
    assert len(widget(app, "run_picker").options) == 5


def test_runs_to_compare_are_named_by_their_value(open_page, sweep):
    app = open_page("pages/compare.py", run="20260101-000000-aaaaaa")
    assert_no_error(app)
    options = widget(app, "compared_runs").options
    assert [option.split(" · ")[0] for option in options[-4:]] == [
        "latent 2, seed 0", "latent 4, seed 0", "latent 2, seed 1", "latent 4, seed 1",
    ]  # fmt: skip
    assert all("Quick start: latent 2, 4" in option for option in options[-4:])
