"""A sweep from one click to its results, which appear without another one; stopped, continued and deleted."""

from __future__ import annotations

import csv
import re

from playwright.sync_api import expect

from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.sweep import SweepStore

PAGE = "/compare?section=Sweep+a+setting"


def test_one_click_trains_a_sweep_and_shows_its_results(visitor, trained, wait_until, tmp_path) -> None:
    visitor.server.adopt(trained, "Tiny")
    visitor.open(PAGE)
    visitor.search("Start from", "Tiny")
    visitor.enter("Values", "2, x")
    expect(visitor.main.get_by_text("Latent size is 'x'; it must be a whole number.")).to_be_visible()
    visitor.enter("Values", "2, 8")
    visitor.enter("Seeds", "2")
    expect(visitor.main.get_by_text(re.compile("4 runs, 120 steps, about"))).to_be_visible()
    visitor.button("Train 4 runs").click()
    results = visitor.main.locator(".sweep-results")
    expect(results.locator(".status")).to_have_text("4 of 4 runs finished", timeout=120_000)
    expect(visitor.button("Stop")).to_have_count(0)
    expect(results.locator("tbody tr")).to_have_count(2)
    chart = results.locator(".plot")
    expect(chart).to_have_attribute(
        "aria-label", re.compile(r"^test MSE over Latent size\. 2: 0\.\d+ ± .*, PCA 0\.\d+")
    )
    results.get_by_role("radio", name="PSNR").click()
    expect(chart).to_have_attribute("aria-label", re.compile(r"^test PSNR"))
    path = visitor.download(results.get_by_role("link", name="Download CSV"), tmp_path)
    (sweep,) = [s for s in SweepStore(visitor.server.store).sweeps() if s.id in visitor.page.url]
    assert [row["run"] for row in csv.DictReader(path.open())] == [run.id for run in sweep.runs()][::2] + [
        run.id for run in sweep.runs()
    ][1::2]
    visitor.page.reload()  # the address has the sweep and the score
    expect(chart).to_have_attribute("aria-label", re.compile(r"^test PSNR.*PCA"))
    visitor.button("Compare its images").click()
    expect(visitor.main.locator(".comparison-wall")).to_be_visible()


def test_a_sweep_is_stopped_continued_and_deleted_as_a_whole(visitor, visit, server, endless, wait_until) -> None:
    plan = SweepPlan(base=endless, setting="bottleneck.latent", values=(2, 4), seeds=1)
    sweep = SweepStore(server.store).create(plan)  # as if the server had died before it created a run
    watching = visit(server)
    for window in (visitor, watching):
        window.open(f"{PAGE}&sweep={sweep.id}")
        expect(window.main.locator(".sweep-results .status")).to_have_text("0 of 2 runs finished")
    visitor.button("Continue").click()
    for window in (visitor, watching):
        status = window.main.locator(".sweep-results .status")
        expect(status).to_have_text("0 of 2 runs finished, training run 1 of 2: latent 2, seed 0")
    wait_until(lambda: sweep.runs()[0].model_step())
    watching.button("Stop").click()
    for window in (visitor, watching):
        expect(window.button("Continue")).to_be_visible()
    assert [run.state().status for run in sweep.runs()] == ["stopped", "stopped"]
    visitor.button("Delete").click()
    visitor.page.get_by_text("Yes, delete this sweep and its runs").click()
    visitor.page.get_by_role("button", name="Delete sweep").click()
    for window in (visitor, watching):
        expect(window.main.get_by_text("was deleted")).to_be_visible()
        # The browser reports that the results are gone.
        window.errors[:] = [error for error in window.errors if "404" not in error]
    assert not sweep.exists
    assert not sweep.runs()
