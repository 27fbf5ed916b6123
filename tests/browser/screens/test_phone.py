"""The app on a phone: what a finger can reach, and what stays visible."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from app_server import Server
from playwright.sync_api import Browser, Locator, expect
from visitor import Visitor

from aecore.config.run_config import RunConfig
from aecore.data.shapes import FACTORS
from aecore.runs.computed import factor_scores
from aecore.runs.execute import run_training

SCREEN = {"width": 390, "height": 844}
#: The background of an element, without which what lies below it shines through.
GROUND = "(element) => getComputedStyle(element).backgroundColor"
SCROLLED = """() => document.querySelector('[data-testid="stMain"]').scrollTop"""


@pytest.fixture
def phone(browser: Browser, server: Server) -> Iterator[Visitor]:
    """A phone with a touch screen on the shared server."""
    context = browser.new_context(viewport=SCREEN, has_touch=True, is_mobile=True)
    visitor = Visitor(context, server)
    yield visitor
    context.close()
    assert not visitor.errors, "\n".join(visitor.errors)


def swipe(visitor: Visitor, element: Locator, dx: int, dy: int) -> None:
    """Move a finger from the middle of an element."""
    (box,) = visitor.boxes(element)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = visitor.page.context.new_cdp_session(visitor.page)
    send = "Input.dispatchTouchEvent"
    session.send(send, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for share in range(1, 11):
        point = {"x": x + dx * share / 10, "y": y + dy * share / 10}
        session.send(send, {"type": "touchMove", "touchPoints": [point]})
    session.send(send, {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize(("path", "label"), [("/train", "Train"), ("/", "Train your first autoencoder")])
def test_the_training_that_was_started_stays_in_view(phone: Visitor, path: str, label: str) -> None:
    phone.open(path)
    expect(phone.button(label)).to_be_enabled()
    phone.button(label).tap()
    expect(phone.main.locator(".live-view figure")).to_be_in_viewport()
    header, stop = phone.boxes(phone.page.locator(".stAppHeader"), phone.button("Stop"))
    assert header["y"] + header["height"] <= stop["y"] + 1
    phone.button("Stop").tap()
    expect(phone.main.get_by_text(re.compile("^(Stopped|Finished)"))).to_be_in_viewport()


def test_a_link_closes_the_sidebar(phone: Visitor) -> None:
    phone.open("/")
    phone.page.get_by_test_id("stExpandSidebarButton").tap()
    phone.sidebar.get_by_role("link", name="Reconstruct").tap()
    phone.page.wait_for_url("**/reconstruct?*")
    expect(phone.page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    expect(phone.sidebar).not_to_be_in_viewport()


def test_the_header_covers_no_title_and_is_visible_on_images(phone: Visitor) -> None:
    phone.open("/reconstruct")
    icons = [phone.page.get_by_test_id(name) for name in ("stExpandSidebarButton", "stMainMenuButton")]
    title, *boxes = phone.boxes(phone.main.locator(".page-name"), *icons)
    for icon, box in zip(icons, boxes, strict=True):
        assert icon.evaluate(GROUND) == phone.page.locator("body").evaluate(GROUND) or box["y"] > SCREEN["height"]
        assert box["y"] + box["height"] <= title["y"]
    assert phone.page.locator(".stAppHeader").evaluate(GROUND) == phone.page.locator("body").evaluate(GROUND)


@pytest.mark.parametrize(("axes", "drawn"), [("2 axes", ".nsewdrag"), ("3 axes", "#scene canvas")])
def test_a_swipe_over_the_map_scrolls_the_page(
    phone: Visitor, axes: str, drawn: str, wait_until: Callable[..., None]
) -> None:
    phone.open("/latent", "starter-1-quick")
    phone.main.get_by_role("radio", name=axes).tap()
    element = phone.main.locator(f".js-plotly-plot {drawn}").first
    expect(element).to_be_visible()  # the map of these axes, not the one before
    phone.drawn()
    element.scroll_into_view_if_needed()
    before = phone.page.evaluate(SCROLLED)
    swipe(phone, element, dx=10, dy=-200)
    wait_until(lambda: phone.page.evaluate(SCROLLED) > before + 50)


def test_a_tap_selects_a_point_and_a_drag_moves_the_map(phone: Visitor) -> None:
    phone.open("/latent", "starter-3-two")
    expect(phone.main.locator(".map-marks circle").first).to_be_visible()
    number = phone.main.get_by_label("Number of the selected test image")
    chart = phone.main.locator(".js-plotly-plot")
    chart.scroll_into_view_if_needed()
    phone.page.touchscreen.tap(*phone.point_of_map(3))
    expect(number).not_to_have_value("1")
    phone.drawn()
    extent = "() => document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range.join()"
    before = phone.page.evaluate(extent)
    swipe(phone, chart, dx=120, dy=10)
    phone.page.wait_for_function(f"(before) => ({extent})() !== before", arg=before)


def test_no_class_is_cut_off(phone: Visitor) -> None:
    phone.open("/reconstruct", "starter-1-quick")
    classes = phone.main.locator('[class*="st-key-classes-"] button').filter(has_text=re.compile(r"^\d$"))
    expect(classes).to_have_count(10)
    for option in classes.all():
        expect(option).to_be_in_viewport(ratio=1)


def test_all_scores_of_factors_fit(phone: Visitor, small: RunConfig) -> None:
    config = small.changed({"dataset": {"kind": "shapes"}, "training.length": {"kind": "steps", "steps": 5}})
    run = phone.server.store.create(config, "Shapes", training=True)
    assert run_training(run).status == "finished"
    matrix = [[0.5] * len(FACTORS)] * 4
    scores = {"mutual_information": matrix, "importances": matrix, "entropy": [1.0] * len(FACTORS)}
    file = run.folder / factor_scores._name(run.model_step())
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(scores | {"sap": 0.1, "informativeness": 0.5}), encoding="utf-8")
    phone.open("/features", f"{run.id}&features=Disentanglement")
    table = phone.main.locator(".scores", has_text="Informativeness")
    expect(table).to_be_visible()
    assert table.evaluate("(table) => table.scrollWidth <= table.parentElement.clientWidth")
    phone.server.store.delete(run)
