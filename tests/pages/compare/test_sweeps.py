"""Sweeps on the Compare page: the form, the address, the actions, and whose sweeps they are."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from page_elements import assert_no_error, button, component_data, page_text, widget
from streamlit.runtime.scriptrunner import StopException

from aecore.config.run_config import RunConfig
from aecore.runs import listing
from aecore.runs.store import Store
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.sweep import Sweep, SweepStore
from pages.parts.shell import session
from pages.parts.shell.paths import ROOT
from pages.parts.shell.train_requests import SWEEP, TrainRequest, TrainRequests
from pages.parts.sweeps import form, work

SECTION = "Sweep a setting"


@pytest.fixture
def make_sweep(app_store: Store, small: RunConfig) -> Callable[..., Sweep]:
    """`make_sweep(runs=True, **fields)`: a sweep of two latent sizes, with queued runs."""

    def make(runs: bool = True, **fields: Any) -> Sweep:
        plan = SweepPlan(base=small, **{"setting": "bottleneck.latent", "values": (2, 4), "seeds": 1, **fields})
        sweep = SweepStore(app_store).create(plan)
        for member in plan.members if runs else ():
            sweep.create_run(member)
        return sweep

    return make


@pytest.fixture
def open_sweeps(open_page):
    """`open_sweeps(sweep_id)`: the section with that sweep in the address."""

    def opened(sweep: str | None = None):
        app = open_page("pages/home.py")
        app.session_state["section"] = SECTION
        if sweep is not None:
            app.query_params["sweep"] = sweep
        app = app.switch_page(str(ROOT / "pages/compare.py")).run()
        assert_no_error(app)
        return app

    return opened


def shown(app) -> dict[str, Any] | None:
    """What the component of the results shows."""
    return next((data for data in component_data(app) if "sweep" in data), None)


def wait_for_work(sweep: Sweep, wait_until) -> None:
    wait_until(lambda: not work.current(sweep.id).running)
    assert not work.current(sweep.id).problem


def test_a_newcomer_starts_six_latent_sizes_with_one_click(open_sweeps, app_store, wait_until):
    app = open_sweeps()
    assert "6 runs, 2,400 steps" in page_text(app)
    click = button(app, "Train 6 runs").click()
    app = click.run()
    assert_no_error(app)
    (sweep,) = SweepStore(app_store).sweeps()
    wait_for_work(sweep, wait_until)
    assert [run.config().components for run in sweep.runs()] == [2, 4, 8, 16, 32, 64]
    assert {run.state().status for run in sweep.runs()} == {"queued"}
    assert {run.config().dataset.kind for run in sweep.runs()} == {"mnist-5k"}
    assert app.query_params["sweep"] in (sweep.id, [sweep.id])
    assert shown(app)["sweep"] == sweep.id
    assert len(SweepStore(app_store).sweeps()) == 1


#: Where Streamlit cuts the processing of a click off, as for the second click of a double click.
CUTS = {
    "before the plan is read": (form, "plan"),
    "before the runs are queued": (work, "start"),
    "before the request is finished": (TrainRequests, "finish"),
}


@pytest.mark.parametrize(("owner", "function"), CUTS.values(), ids=CUTS)
def test_a_click_that_was_cut_off_starts_one_sweep(open_sweeps, app_store, monkeypatch, wait_until, owner, function):
    app = open_sweeps()
    original, calls = getattr(owner, function), []

    def cut_off_once(*args):
        calls.append(args)
        if len(calls) == 1:
            raise StopException
        return original(*args)

    app.session_state[session.TRAIN_REQUESTS.name].add(TrainRequest(SWEEP, 0, None))
    monkeypatch.setattr(owner, function, cut_off_once)
    app = app.run().run()
    assert_no_error(app)
    (sweep,) = SweepStore(app_store).sweeps()
    wait_for_work(sweep, wait_until)
    assert shown(app)["sweep"] == sweep.id
    assert len(sweep.runs()) == 6


#: Fields to fill in, and what the page says.
BAD_FORMS = {
    "a text": ({"values": "2, x"}, "bottleneck.latent=x: Latent size is 'x'; it must be a whole number."),
    "twice": ({"values": "2, 2"}, "bottleneck.latent=2 is given twice"),
    "none": ({"values": " "}, "Values"),
    "a gap": ({"values": "2,,4"}, "it must be a whole number"),
    "out of bounds": ({"values": "0"}, "bottleneck.latent=0"),
    "too many": ({"values": ",".join(map(str, range(1, 102))), "seeds": 10}, "a sweep has at most 1,000"),
    "not of this recipe": ({"preset": "beta", "base": "quick-start"}, "only with variational"),
    "another kind of data": ({"base": "vectors", "preset": "network"}, "network.kind=conv"),
}


@pytest.mark.parametrize(("entered", "message"), BAD_FORMS.values(), ids=BAD_FORMS)
def test_bad_values_are_explained_and_kept(open_sweeps, app_store, entered, message):
    app = open_sweeps()
    for name, value in entered.items():
        app = widget(app, f"sweep_form.{name}").set_value(value).run()
        assert_no_error(app)
    assert message in page_text(app)
    assert {name: widget(app, f"sweep_form.{name}").value for name in entered} == entered
    assert [b.disabled for b in app.button if b.label.startswith("Train ")] == [True]
    assert SweepStore(app_store).sweeps() == []


def test_starts_from_a_run_that_another_process_has_just_finished(open_sweeps, app_store, trained, monkeypatch):
    app_store.entries()
    clock = itertools.count(time.monotonic(), 1e-6)  # the runs were listed just now
    monkeypatch.setattr(listing, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    shutil.copytree(trained.folder, app_store.root / trained.id)
    app = open_sweeps()
    assert [option for option in widget(app, "sweep_form.base").options if option.startswith("Trained")]


@pytest.mark.parametrize(("preset", "base"), [("beta", "vae"), ("dropout", "quick-start")])
def test_a_preset_brings_values_and_a_recipe_that_has_the_setting(open_sweeps, preset, base):
    app = widget(open_sweeps(), "sweep_form.preset").set_value(preset).run()
    assert_no_error(app)
    assert widget(app, "sweep_form.base").value == base
    assert any(b.label.startswith("Train ") and not b.disabled for b in app.button)


@pytest.mark.parametrize(("chosen", "base"), [(None, "quick-start"), ("deep-dense", "deep-dense")])
def test_the_recipe_of_a_preset_leaves_with_it_and_another_stays(open_sweeps, chosen, base):
    app = widget(open_sweeps(), "sweep_form.preset").set_value("beta").run()
    if chosen:
        app = widget(app, "sweep_form.base").set_value(chosen).run()
    app = widget(app, "sweep_form.preset").set_value("latent").run()
    assert_no_error(app)
    assert widget(app, "sweep_form.base").value == base


def test_any_setting_of_a_finished_run(open_sweeps, train_one, app_store, wait_until):
    run = train_one({})
    app = widget(open_sweeps(), "sweep_form.preset").set_value("other").run()
    app = widget(app, "sweep_form.base").set_value(run.id).run()
    app = widget(app, "sweep_form.setting").set_value("training.learning_rate").run()
    app = widget(app, "sweep_form.values").set_value("0.01, 0.001").run()
    assert "2 runs, 60 steps, about" in page_text(app), "the run gives the speed"
    app = button(app, "Train 2 runs").click().run()
    (sweep,) = SweepStore(app_store).sweeps()
    wait_for_work(sweep, wait_until)
    assert [r.config() for r in sweep.runs()] == [
        run.config().changed({"training.learning_rate": rate}) for rate in (0.01, 0.001)
    ]


def test_the_form_is_kept_on_other_pages(open_sweeps):
    app = widget(open_sweeps(), "sweep_form.values").set_value("3, 5").run()
    app = app.switch_page(str(ROOT / "pages/train.py")).run()
    app.session_state["section"] = SECTION
    app = app.switch_page(str(ROOT / "pages/compare.py")).run()
    assert widget(app, "sweep_form.values").value == "3, 5"


@pytest.mark.parametrize("sweep_id", ["nobody", "..", "<b>", "x" * 300, "sweep-20260101-000000-abcdef"])
def test_wrong_ids_in_the_address(open_sweeps, sweep_id):
    app = open_sweeps(sweep_id)
    assert "There is no sweep" in page_text(app)
    assert "sweep" not in app.query_params
    assert button(app, "Train 6 runs")


def test_a_damaged_and_a_deleted_sweep(open_sweeps, make_sweep, app_store):
    sweep = make_sweep()
    app = open_sweeps(sweep.id)
    name = sweep.plan().name
    work.delete_sweep(app_store, sweep)
    assert f"“{name}” was deleted." in page_text(app.run())
    damaged = make_sweep()
    (damaged.folder / "sweep.json").write_text("[")
    assert "sweep.json is damaged" in page_text(open_sweeps(damaged.id))


def test_stop_continue_and_delete(open_sweeps, make_sweep, app_store, wait_until):
    sweep = make_sweep()
    app = open_sweeps(sweep.id)
    for label, status in (("Stop", "stopped"), ("Continue", "queued")):
        app = button(app, label).click().run()
        wait_for_work(sweep, wait_until)
        assert {run.state().status for run in sweep.runs()} == {status}
        app = app.run()
        assert_no_error(app)
    assert button(app, "Delete sweep").disabled
    (confirmation,) = [box for box in app.checkbox if box.key == f"sure-{sweep.id}"]
    app = confirmation.check().run()
    app = button(app, "Delete sweep").click().run()
    wait_until(lambda: not sweep.exists)
    assert_no_error(app.run())
    assert SweepStore(app_store).sweeps() == []
    assert sweep.runs() == []


def test_a_sweep_of_someone_else_cannot_be_changed(open_sweeps, make_sweep, enter_as):
    sweep = make_sweep(owner=enter_as("ann"))
    app = open_sweeps(sweep.id)
    assert button(app, "Stop")
    enter_as("bob")
    app = open_sweeps(sweep.id)
    assert "belongs to another visitor" in page_text(app)
    assert not [b for b in app.button if b.label in ("Stop", "Delete sweep")]
    assert shown(app)["sweep"] == sweep.id


def test_limits_of_a_server_for_many(open_sweeps, enter_as, app_store, monkeypatch, wait_until):
    owner = enter_as("ann")
    app = open_sweeps()
    assert "The sweep has 6 runs; this server allows 3 at a time." in page_text(app)
    assert button(app, "Train 6 runs").disabled
    app = widget(app, "sweep_form.values").set_value("2, 4, 8").run()
    button(app, "Train 3 runs").click().run()
    (sweep,) = SweepStore(app_store).sweeps()
    wait_for_work(sweep, wait_until)
    assert sweep.plan().owner == owner
    assert {(run.state().owner, run.state().max_seconds) for run in sweep.runs()} == {(owner, 3600.0)}
