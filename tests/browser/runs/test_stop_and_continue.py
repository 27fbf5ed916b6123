"""Nothing is lost: stop and continue, a killed server, a killed worker, the queue, two visitors of one run."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from app_server import Server
from playwright.sync_api import BrowserContext, expect
from visitor import Visitor

from aecore.config.run_config import RunConfig
from aecore.runs.run import Run

#: Press Stop, and return the milliseconds until the page shows it.
STOP = """
async () => {
  const main = document.querySelector('[data-testid="stMain"]');
  const find = () => [...main.querySelectorAll("button")].find((b) => b.innerText.trim().endsWith("Stop"));
  while (!find()) await new Promise((next) => setTimeout(next, 10)); // the page may be redrawing
  const began = performance.now();
  find().click();
  while (!/Stopped/.test(main.innerText) && performance.now() - began < 30000)
    await new Promise((next) => setTimeout(next, 10));
  return performance.now() - began;
}
"""


@pytest.fixture
def longer(endless: RunConfig) -> RunConfig:
    """Settings that write a checkpoint long before the end."""
    return endless.changed({"training.length.epochs": 9_999})


def resume(visitor: Visitor, more_epochs: int = 2) -> None:
    """Continue the selected run for a few more epochs."""
    visitor.drawn()  # until then, buttons may move under the pointer
    visitor.button("Continue").click()
    field = visitor.page.get_by_label("Total epochs", exact=True)
    expect(field).to_be_visible()
    done = re.search(
        r"last checkpoint: ([\d.,]+) of [\d,]+ epochs", visitor.page.get_by_test_id("stPopoverBody").inner_text()
    )
    assert done
    field.fill(str(int(float(done[1].replace(",", ""))) + more_epochs))
    field.press("Enter")
    visitor.drawn()
    visitor.page.get_by_role("button", name="Continue training", exact=True).click()


def has_checkpoint(run: Run) -> Callable[[], Any]:
    return lambda: run.model_step()


def test_stop_is_shown_within_a_second_and_continue_finishes(visitor, endless, wait_until):
    run = visitor.server.create(endless, "To be stopped")
    visitor.open("/train", run.id)
    expect(visitor.reconstruction).to_be_visible()
    expect(visitor.chart).to_be_visible()
    milliseconds = visitor.page.evaluate(STOP)
    assert milliseconds < 3000  # one second, and more for a busy machine
    expect(visitor.main.get_by_text(re.compile(r"Stopped at step \d"))).to_be_visible()
    step = run.model_step()
    assert step
    resume(visitor)
    expect(visitor.finished).to_be_visible()
    assert run.state().status == "finished"
    assert run.metrics()[-1]["step"] > step
    steps = [record["step"] for record in run.metrics()]
    assert steps == sorted(set(steps))


def test_continue_with_another_learning_rate(visitor, trained, wait_until):
    run = visitor.server.adopt(trained, "To be continued")
    visitor.open("/train", run.id)
    visitor.button("Continue").click()
    rate = visitor.page.get_by_label("Learning rate", exact=True).last
    rate.fill("0.0005")
    visitor.page.get_by_role("button", name="Continue training", exact=True).click()  # without leaving the field first
    wait_until(lambda: run.state().status == "finished" and run.metrics()[-1]["epoch"] == 13)
    assert run.config().training.learning_rate == 0.0005
    assert run.metrics()[-1]["learning_rate"] == 0.0005
    expect(visitor.finished).to_be_visible()
    expect(visitor.button("Stop")).to_have_count(0)


def shown_step(run: Run) -> int:
    """The latest step that the page shows, which may be later than the checkpoint."""
    live = run.live()
    assert live
    return int(live.metrics["step"])


def steps_after(visitor: Visitor, run: Run, step: int, wait_until: Callable[..., None]) -> None:
    """Wait until the page shows the run in training, further than `step`, and stop it."""
    expect(visitor.reconstruction).to_be_visible()
    shown = visitor.main.locator(".gauges b").first
    wait_until(lambda: int(shown.inner_text().replace(",", "")) > step)
    visitor.button("Stop").click()
    expect(visitor.main.get_by_text(re.compile("^Stopped at step"))).to_be_visible()
    assert run.metrics()[-1]["step"] > step


def test_killed_server_loses_nothing(fresh_server, visit, longer, wait_until):
    run = fresh_server.create(longer, "Outlives its server")
    visitor = visit(fresh_server)
    visitor.open("/train", run.id)
    expect(visitor.reconstruction).to_be_visible()
    wait_until(has_checkpoint(run))
    visitor.page.close()  # a browser complains when a server goes away
    fresh_server.kill()
    wait_until(lambda: run.state().status == "queued")
    step = shown_step(run)
    fresh_server.start()
    visitor = visit(fresh_server)
    visitor.open("/train", run.id)
    steps_after(visitor, run, step, wait_until)  # without a click


def test_a_run_continues_by_itself_after_its_worker_was_killed(visitor, longer, wait_until):
    run = visitor.server.create(longer, "Loses its worker")
    visitor.open("/train", run.id)
    expect(visitor.reconstruction).to_be_visible()
    wait_until(has_checkpoint(run))
    killed = run.state().pid
    psutil.Process(killed).kill()
    wait_until(lambda: run.state().pid not in (None, killed))
    steps_after(visitor, run, shown_step(run), wait_until)
    resume(visitor)
    expect(visitor.finished).to_be_visible()


def test_queued_runs_show_their_positions(visitor, endless, small):
    first = visitor.server.create(endless, "First")
    second = visitor.server.create(endless, "Second")
    visitor.open("/train", second.id)
    expect(visitor.main.get_by_text("Queued, position 1")).to_be_visible()
    third = visitor.server.create(small, "Third")
    visitor.open("/train", third.id)
    expect(visitor.main.get_by_text("Queued, position 2")).to_be_visible()
    expect(visitor.main.get_by_text("Training starts automatically after the runs ahead of it.")).to_be_visible()
    second.request_stop()
    second.change_state(status="stopped")
    expect(visitor.main.get_by_text("Queued, position 1")).to_be_visible()
    first.request_stop()
    expect(visitor.finished).to_be_visible()


def test_a_queued_run_can_be_cancelled(visitor, endless, wait_until):
    visitor.server.create(endless, "In the way")
    waiting = visitor.server.create(endless, "Waiting")
    visitor.open("/train", waiting.id)
    expect(visitor.main.get_by_text("Queued, position 1")).to_be_visible()
    visitor.button("Stop").click()
    wait_until(lambda: waiting.state().status == "stopped")
    assert waiting.state().reason
    expect(visitor.main.get_by_text(waiting.state().reason).first).to_be_visible()


def test_two_visitors_watch_the_same_run(visit, server, endless):
    one, other = visit(server), visit(server)
    run = server.create(endless, "For two")
    one.open("/train", run.id)
    expect(one.reconstruction).to_be_visible()
    other.open("/train", "starter-1-quick")
    other.show_group("My runs")
    other.choose("Run", "For two", other.sidebar)
    other.wait_for_run(run.id)
    for each in (one, other):
        expect(each.reconstruction).to_be_visible()
        step = each.reconstruction.get_attribute("aria-label")
        expect(each.reconstruction).not_to_have_attribute("aria-label", step)
    other.button("Stop").click()
    for each in (one, other):
        expect(each.main.get_by_text(re.compile("^Stopped"))).to_be_visible()


STYLE_HAS_ARRIVED = "() => [...document.querySelectorAll('style')].some(s => s.textContent.includes('lost connection'))"


def test_a_lost_connection_is_explained_in_the_app_s_words(fresh_server: Server, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(fresh_server.url)
    expect(page.get_by_test_id("stMain").locator("h2")).to_be_visible()
    page.wait_for_function(STYLE_HAS_ARRIVED)
    fresh_server.stop()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    # Streamlit's words are a text or an element, depending on how the connection was lost.
    body = dialog.locator("h2 + div")
    expect(body).to_have_css("font-size", "0px")
    expect(body.locator("> *").locator("visible=true")).to_have_count(0)
    content = body.evaluate("(element) => getComputedStyle(element, '::after').content")
    assert "start the app again" in content
    page.close()
