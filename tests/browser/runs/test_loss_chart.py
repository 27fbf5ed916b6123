"""The loss chart: its lines, legend, axes and values, the replay's marker, and how it follows a training."""

from __future__ import annotations

import re

import pytest
import streamlit as st
from playwright.sync_api import Locator, expect
from visitor import FIND_COLOR, Visitor

from aecore.runs.run import Run
from pages.parts.shell.paths import ASSETS

NAMES = ["training", "validation", "PCA, 20 components", "validation, reconstruction only"]


def line(visitor: Visitor, index: int, theme: str = "light") -> dict[str, float]:
    """Where the chart shows the color of a line."""
    color = st.get_option(f"theme.{theme}.chartCategoricalColors")[index]
    return visitor.chart.evaluate(FIND_COLOR, color)


def hover(visitor: Visitor, share: float) -> Locator:
    """Point at a share of the chart's width; returns the box with the values there."""
    (box,) = visitor.boxes(visitor.main.locator(".loss-chart .u-over"))
    visitor.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    return visitor.main.locator(".loss-chart .tooltip")


def epoch_at(visitor: Visitor, share: float) -> float:
    """The epoch at a share of the chart's width."""
    text = hover(visitor, share).locator(".title").inner_text()
    return float(text.removeprefix("epoch "))


def drag(visitor: Visitor, start: float, end: float) -> None:
    """Drag over the chart from one share of its width to another."""
    hover(visitor, start)
    visitor.page.mouse.down()
    hover(visitor, (start + end) / 2)
    hover(visitor, end)
    visitor.page.mouse.up()


@pytest.fixture
def vae(visitor: Visitor) -> Visitor:
    """A window with a finished run that has all lines."""
    visitor.open("/train", "starter-2-vae")
    expect(visitor.chart).to_be_visible()
    return visitor


def test_the_legend_hides_and_shows_lines(vae, wait_until):
    legend = vae.main.locator(".loss-chart .legend").get_by_role("button")
    expect(legend).to_have_text(NAMES)
    for i, name in enumerate(NAMES):
        assert line(vae, i)["count"] > 20, name
        legend.nth(i).click()
        expect(legend.nth(i)).to_have_attribute("aria-pressed", "false")
        wait_until(lambda i=i: line(vae, i)["count"] == 0)
        expect(hover(vae, 0.5).get_by_text(name, exact=True)).to_have_count(0)
        legend.nth(i).click()
        wait_until(lambda i=i: line(vae, i)["count"] > 20)
        expect(hover(vae, 0.5).get_by_text(name, exact=True)).to_be_visible()


def test_pointing_shows_the_values(vae):
    values = hover(vae, 0.999).locator(".value")
    records = Run(ASSETS / "starters" / "starter-2-vae").metrics()
    validation = records[-1]["validation"]
    shown = [records[-1]["train"]["loss"], validation["loss"], None, validation["reconstruction"]]
    assert epoch_at(vae, 0.999) == records[-1]["epoch"] == 60
    for value, loss in zip(values.all_inner_texts(), shown, strict=True):
        assert loss is None or value == f"{loss:.1f}"
    vae.page.mouse.move(0, 0)
    expect(vae.main.locator(".loss-chart .tooltip")).to_be_hidden()


def test_the_log_axis_gives_low_losses_more_room(vae, wait_until):
    heights = [line(vae, i)["height"] for i in (2, 3)]
    toggle = vae.main.get_by_text("Log loss")
    toggle.click()
    wait_until(lambda: line(vae, 2)["height"] < heights[0] - 5)
    assert line(vae, 3)["height"] < heights[1]
    toggle.click()
    wait_until(lambda: [line(vae, i)["height"] for i in (2, 3)] == heights)


def test_the_replay_marks_its_epoch(vae, wait_until):
    marker, slider = vae.main.locator(".loss-chart .marker"), vae.main.get_by_label("Snapshot")
    for _ in range(3):
        (box, frame) = vae.boxes(marker, vae.main.locator(".loss-chart .u-over"))
        share = (box["x"] + 1 - frame["x"]) / frame["width"]
        shown = re.search(r"epoch ([\d.]+)", slider.get_attribute("aria-valuetext"))
        assert epoch_at(vae, share) == pytest.approx(float(shown[1]), abs=0.3)
        slider.press("ArrowLeft")
        wait_until(lambda left=box["x"]: marker.bounding_box()["x"] < left - 10)


def test_the_theme_changes_the_colors(vae, wait_until):
    assert line(vae, 0, "dark")["count"] == 0
    vae.page.emulate_media(color_scheme="dark")
    for i in range(4):
        wait_until(lambda i=i: line(vae, i, "dark")["count"] > 20)
    assert line(vae, 0, "light")["count"] == 0


def test_follows_a_training_and_keeps_the_zoom(visitor, endless, wait_until):
    run = visitor.server.create(endless, "On the chart")
    visitor.open("/train", run.id)
    wait_until(lambda: line(visitor, 0)["count"] > 20)
    plot = visitor.main.locator(".loss-chart .plot")
    expect(plot).to_have_attribute("aria-label", re.compile("training loss went from .*, validation loss is"))
    end = epoch_at(visitor, 0.99)
    wait_until(lambda: epoch_at(visitor, 0.99) > end)

    drag(visitor, 0.2, 0.4)
    reset = visitor.main.get_by_role("button", name="Reset zoom")
    expect(reset).to_be_visible()
    zoomed, text = epoch_at(visitor, 0.95), plot.get_attribute("aria-label")
    expect(plot).not_to_have_attribute("aria-label", text)
    assert epoch_at(visitor, 0.95) == zoomed
    assert zoomed - epoch_at(visitor, 0.05) < run.metrics()[-1]["epoch"] / 2
    (box,) = visitor.boxes(visitor.chart)
    visitor.page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(reset).to_be_hidden()
    wait_until(lambda: epoch_at(visitor, 0.95) > zoomed)
    visitor.button("Stop").click()
    expect(visitor.main.get_by_text(re.compile("^Stopped at step"))).to_be_visible()
    expect(visitor.main.locator(".loss-chart .marker")).to_be_visible()
    assert line(visitor, 0)["count"] > 20
