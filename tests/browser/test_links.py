"""Links: every page on a new and a running server, with a valid and an unknown run; and accessibility of every page."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from pages.parts.shell.navigation import PAGES
from pages.parts.shell.paths import NAME

ADDRESSES = [pytest.param(info, id=info.title) for info in PAGES]
TITLES = [info.title for info in PAGES]
SECONDS_TO_FIRST_PAGE = 10  # it takes 1 to 3 on an idle machine


def assert_complete_page(visitor, info) -> None:
    links = visitor.sidebar.locator(".st-key-navigation a")
    expect(links).to_have_count(len(TITLES))
    assert [text.split("\n")[-1].strip() for text in links.all_inner_texts()] == TITLES
    expect(visitor.main.get_by_role("heading", name=info.question)).to_be_visible()
    expect(visitor.main.locator(".page-name")).to_have_text(info.title)
    expect(visitor.page).to_have_title(f"{info.title} · {NAME}" if info.url_path else NAME)
    assert visitor.page.url.split("?")[0] == f"{visitor.server.url}/{info.url_path}"


@pytest.mark.parametrize("info", ADDRESSES[1:2])
def test_deep_link_to_a_new_server_is_shown_soon(fresh_server, visit, info):
    """The first request to a server is for this page and this run."""
    visitor = visit(fresh_server)
    began = time.monotonic()
    visitor.page.goto(f"{fresh_server.url}/{info.url_path}?run=starter-2-vae", wait_until="commit")
    expect(visitor.main.get_by_role("heading", name=info.question)).to_be_visible()
    assert time.monotonic() - began < SECONDS_TO_FIRST_PAGE
    visitor.drawn()
    assert_complete_page(visitor, info)
    visitor.wait_for_run("starter-2-vae")
    expect(visitor.picker).to_have_value("VAE, 20 dimensions")
    # The next visitor, without a run.
    another = visit(fresh_server)
    another.open(f"/{info.url_path}")
    assert_complete_page(another, info)


@pytest.mark.parametrize("info", ADDRESSES[1:2])  # every page without a browser: tests/pages
def test_unknown_run_shows_a_message(visitor, info):
    visitor.open(f"/{info.url_path}", "20200101-000000-000000")
    expect(visitor.main.get_by_text("There is no run “20200101-000000-000000” here.")).to_be_visible()
    assert_complete_page(visitor, info)
    if visitor.groups.count():  # there are runs of other tests
        visitor.show_group("Examples")
    visitor.choose("Run", "VAE, 20 dimensions", visitor.sidebar)
    expect(visitor.main.get_by_text("There is no run")).to_have_count(0)
    visitor.wait_for_run("starter-2-vae")


@pytest.mark.parametrize("info", ADDRESSES[1:3])
def test_navigation_keeps_the_run(visitor, info):
    visitor.open("/", "starter-3-two")
    visitor.sidebar.get_by_role("link", name=info.title, exact=True).click()
    expect(visitor.main.locator(".page-name")).to_have_text(info.title)
    visitor.drawn()
    visitor.wait_for_run("starter-3-two")
    expect(visitor.picker).to_have_value("Dense, 2 dimensions")


def test_back_and_forward_select_runs(visitor):
    visitor.open("/train", "starter-1-quick")
    visitor.choose("Run", "VAE, 20 dimensions", visitor.sidebar)
    visitor.wait_for_run("starter-2-vae")
    visitor.page.go_back()
    visitor.wait_for_run("starter-1-quick")
    expect(visitor.picker).to_have_value("Dense, 16 dimensions")
    visitor.page.go_forward()
    expect(visitor.picker).to_have_value("VAE, 20 dimensions")
    visitor.wait_for_run("starter-2-vae")


@pytest.mark.parametrize("info", ADDRESSES)
def test_images_have_alt_text_and_no_page_is_wider_than_the_screen(visitor, info, wait_until):
    def overflow() -> int:
        return visitor.main.evaluate("(e) => e.scrollWidth - e.clientWidth")

    visitor.page.set_viewport_size({"width": 800, "height": 900})
    visitor.open(f"/{info.url_path}", "starter-1-quick")
    if info.url_path == "train":
        expect(visitor.main.locator("canvas.reconstruction")).to_be_visible()
        expect(visitor.chart).to_be_visible()
    if info.url_path == "latent":
        for sheet in ("originals", "reconstructions", "plane"):
            expect(visitor.main.locator(f".st-key-sheet-{sheet} img")).to_be_attached()
    without_text = """
        (elements) => elements
          .filter((e) => !(e.alt || e.closest("[aria-label]:is(canvas, img, [role=figure], [role=img])")))
          .map((e) => e.outerHTML.slice(0, 200))
    """
    graphics = visitor.main.locator("img, canvas, [role=img], .js-plotly-plot")
    if info.url_path == "anomalies":  # this starter model knows no normal class
        expect(visitor.main.get_by_role("button", name="Train on “8” only")).to_be_visible()
    else:
        expect(graphics.first).to_be_attached()
    assert graphics.evaluate_all(without_text) == []
    wait_until(lambda: overflow() <= 1, 10)
    visitor.page.set_viewport_size({"width": 1400, "height": 900})
    wait_until(lambda: overflow() <= 1, 10)
