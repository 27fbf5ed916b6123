"""The threshold of the Anomalies page: pointer, keyboard and the counts that follow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect
from visitor import Visitor, frames_sent

from aecore.config.run_config import RunConfig
from aecore.runs.computed.anomaly_scores import compute_scores
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.runs.store import Store


@pytest.fixture(scope="module")
def one_digit(small: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that was trained on one digit, with its scores."""
    config = small.changed({"dataset.classes": (8,), "dataset.images": 200})
    run = Store(tmp_path_factory.mktemp("one") / "runs").create(config, "Eights", training=True)
    assert run_training(run).status == "finished"
    compute_scores(run)
    return run


def counts(chart: Locator) -> list[int]:
    """Accepted and reported, of normal and of anomalous images."""
    cells = chart.locator("tbody td:not(:last-child)").all_inner_texts()
    return [int(cell.replace(",", "")) for cell in cells]


def test_counts_follow_the_threshold_without_the_server(visitor: Visitor, one_digit: Run) -> None:
    run = visitor.server.adopt(one_digit, "Eights")
    sent = frames_sent(visitor.page)
    visitor.open("/anomalies", run.id)
    chart = visitor.main.locator(".anomaly-threshold")
    expect(chart.get_by_text("false-alarm rate")).to_be_visible()
    visitor.drawn()
    start, before = counts(chart), len(sent)
    assert sum(start) == 500
    (box,) = visitor.boxes(chart.locator("canvas"))
    y = box["y"] + box["height"] / 2
    visitor.page.mouse.move(box["x"] + box["width"] / 2, y)
    visitor.page.mouse.down()
    shown = []
    for share in (0.0, 0.25, 0.5):
        visitor.page.mouse.move(box["x"] + share * box["width"], y)
        shown.append(counts(chart))
    visitor.page.mouse.up()
    assert all(sum(found) == 500 for found in shown)
    assert shown[0][0] < shown[1][0] <= shown[2][0]
    assert shown[0][2] < shown[1][2] < shown[2][2]
    chart.get_by_role("slider").press("Home")
    assert counts(chart)[0] + counts(chart)[2] == 1
    chart.get_by_role("slider").press("End")
    assert counts(chart)[1] <= 1
    chart.get_by_role("button", name="Back to 5% false alarms").click()
    assert counts(chart) == start
    assert len(sent) == before
