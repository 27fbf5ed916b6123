"""The Compare page: what its components do without the server, and what the address holds."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect
from visitor import Visitor, frames_sent

from aecore.runs.files.state import this_process

RUNS = "starter-1-quick,starter-3-two"

#: Points at a position of the first map, as shares of its width and height; returns the milliseconds until all maps
#: have drawn their marks, and which of them have changed.
POINT_AT = """([frames, x, y]) => {
    const marks = frames.map((frame) => frame.querySelectorAll("canvas")[1]);
    const pixels = () => marks.map((canvas) => canvas.toDataURL());
    const before = pixels();
    const { left, top, width, height } = frames[0].getBoundingClientRect();
    const at = { clientX: left + x * width, clientY: top + y * height, bubbles: true, composed: true };
    const began = performance.now();
    frames[0].dispatchEvent(new PointerEvent("pointermove", at));
    const took = performance.now() - began;
    return [took, pixels().map((after, i) => after !== before[i])];
}"""
#: Graphics without a text. Streamlit's table has one of its own beside its canvas.
WITHOUT_TEXT = """
    (elements) => elements
      .filter((e) => !e.closest("[data-testid=stDataFrame]"))
      .filter((e) => !(e.alt || e.closest("[aria-label]:is(canvas, img, [role=figure], [role=img])")))
      .map((e) => e.outerHTML.slice(0, 200))
"""
CURVES = (
    "Reconstruction loss in nats/image. A Dense, 16 dimensions: validation 95.7, PCA, 16 components 116.4. "
    "B Dense, 2 dimensions: validation 157.2, PCA, 2 components 183.8."
)


@pytest.fixture
def opened(visitor: Visitor):
    """`opened(query)`: the page with two starter models."""

    def open_page(query: str = "") -> Visitor:
        visitor.open(f"/compare?runs={RUNS}{query}")
        return visitor

    return open_page


def labels(wall: Locator) -> list[str]:
    return [text.split(" · ")[0] for text in wall.locator(".note").all_inner_texts() if text]


def image(wall: Locator, row: int) -> str:
    return wall.locator("canvas").nth(row).evaluate("(canvas) => canvas.toDataURL()")


def loaded(visitor: Visitor, wall: Locator) -> None:
    """Wait until the wall has its images and its size."""
    expect(wall).to_have_attribute("aria-busy", "false")
    visitor.boxes(*wall.locator("canvas").all())


def test_one_slider_moves_all_runs_and_a_link_shows_the_same(opened) -> None:
    visitor = opened()
    wall = visitor.main.locator(".comparison-wall")
    expect(wall.locator("canvas").nth(2)).to_have_attribute("aria-label", "Reconstructions of Dense, 2 dimensions: "
        "step 3,200 · MSE 0.0431 per pixel")  # fmt: skip
    loaded(visitor, wall)
    assert labels(wall) == ["step 1,920, ended", "step 3,200"]
    before = [image(wall, row) for row in range(3)]
    wall.get_by_role("radio", name="Epochs").click()
    slider = wall.get_by_role("slider")
    slider.press("Home")
    assert labels(wall) == ["epoch 0.0", "epoch 0.0"]
    after = [image(wall, row) for row in range(3)]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, False]
    for _ in range(4):
        slider.press("ArrowRight")
    wall.get_by_role("radio", name="Difference").click()
    wall.locator(".rows").focus()
    wall.locator(".rows").press("ArrowRight")
    shown = [labels(wall), wall.locator(".status").inner_text(), *(image(wall, row) for row in range(3))]
    visitor.page.reload()
    visitor.drawn()
    expect(wall.locator(".status")).to_have_text(shown[1])
    loaded(visitor, wall)
    assert [labels(wall), wall.locator(".status").inner_text(), *(image(wall, row) for row in range(3))] == shown


def test_wall_takes_up_the_snapshots_of_a_training_and_its_end(opened, trained, wait_until, request) -> None:
    """Without a script run; at the end of the slider it shows the newest, elsewhere it stays where it is."""
    visitor = opened()
    run = visitor.server.adopt(trained, "In training")
    steps = run.snapshot_steps()
    for step in steps[1:]:
        run.remove_snapshot(step)
    run.change_state(status="training", **this_process())
    request.addfinalizer(lambda: run.change_state(status="stopped"))
    sent = frames_sent(visitor.page)
    visitor.open(f"/compare?runs={run.id},starter-3-two")
    wall = visitor.main.locator(".comparison-wall")
    expect(wall.locator(".note").nth(1)).to_contain_text(f"step {steps[0]}, in training")
    expect(wall).to_have_attribute("aria-busy", "false")
    visitor.page.wait_for_timeout(500)  # until the page has sent what it sends at its start
    sent.clear()
    before = image(wall, 1)
    run.write_snapshot(trained.snapshot(steps[1]))
    expect(wall.locator(".note").nth(1)).to_contain_text(f"step {steps[1]}, in training · MSE")
    assert image(wall, 1) != before
    assert not sent
    wall.get_by_role("slider").press("Home")
    run.write_snapshot(trained.snapshot(steps[-1]))
    run.change_state(status="stopped")
    wait_until(lambda: wall.get_by_role("slider").evaluate("(slider) => (slider.value === '0') && slider.max"), 10)
    expect(wall.locator(".note").nth(1)).to_contain_text(f"step {steps[0]} · MSE")
    wall.get_by_role("slider").press("End")
    expect(wall.locator(".note").nth(1)).to_contain_text(f"step {steps[-1]}, ended · MSE")


def test_hovering_marks_an_image_in_every_row(opened) -> None:
    wall = opened().main.locator(".comparison-wall")
    marks = wall.locator(".mark")
    expect(wall.locator("canvas").nth(2)).to_be_visible()
    assert marks.evaluate_all("(marks) => marks.every(({ hidden }) => hidden)")
    wall.locator("canvas").nth(2).hover(position={"x": 5, "y": 20})
    expect(marks.nth(0)).to_be_visible()
    assert len({(box["x"], box["width"]) for mark in marks.all() if (box := mark.bounding_box())}) == 1
    expect(wall.locator(".status")).to_contain_text("Test image 1 of 10: MSE per pixel A 0.0")


def test_flicker_alternates_between_both_images(opened, wait_until) -> None:
    wall = opened("&mode=flicker").main.locator(".comparison-wall")
    expect(wall.locator("canvas").nth(2)).to_be_visible()
    for is_same in (False, True, False):  # the first: once the images are drawn
        wait_until(lambda is_same=is_same: (image(wall, 2) == image(wall, 0)) is is_same, 10)
    expect(wall.locator(".status")).to_contain_text("Every row shows the originals.")
    expect(wall.locator(".status")).to_contain_text("Every row shows its reconstructions.")


def test_maps_mark_the_same_image_within_50_ms(opened) -> None:
    visitor = opened("&section=Latent+maps")
    maps = visitor.main.locator(".linked-maps")
    expect(maps.locator(".map")).to_have_count(2)
    frames = maps.locator(".map").element_handles()
    for x, y in ((0.4, 0.5), (0.5, 0.5), (0.6, 0.5)):  # where there are many codes
        took, changed = visitor.page.evaluate(POINT_AT, [frames, x, y])
        assert changed == [True, True]
        assert took < 50
        expect(maps.locator(".status")).to_contain_text("Test image")
    maps.locator(".map").first.focus()
    visitor.page.keyboard.press("ArrowRight")
    assert "test=" in visitor.page.url


def test_curves_follow_the_controls(opened) -> None:
    visitor = opened("&section=Curves")
    chart = visitor.main.locator(".comparison-chart")
    canvas = chart.locator("canvas")
    expect(chart.get_by_role("img", name=CURVES, exact=True)).to_be_visible()
    expect(canvas).to_be_visible()
    before = canvas.evaluate("(canvas) => canvas.toDataURL()")
    chart.get_by_label("Log loss").check()
    assert canvas.evaluate("(canvas) => canvas.toDataURL()") != before
    chart.get_by_role("radio", name="Seconds").click()
    assert "log=1&axis=seconds" in visitor.page.url
    chart.locator(".u-over").hover()
    names = chart.locator(".tooltip .name").all_inner_texts()
    assert names == [
        "A training",
        "A validation",
        "B training",
        "B validation",
        "PCA, 16 components",
        "PCA, 2 components",
    ]
    chart.locator(".legend button", has_text="A Dense").click()
    chart.locator(".u-over").hover()
    expect(chart.locator(".tooltip .name", has_text="A validation")).to_have_count(0)


@pytest.mark.parametrize("section", ["Images", "Curves"])
@pytest.mark.parametrize("query", ["axis=__proto__&mode=toString&image=0&at=NaN", "axis=constructor&smooth=x&at=1e999"])
def test_nonsense_in_the_address_is_ignored(opened, section, query) -> None:
    visitor = opened(f"&section={section}&{query}")
    part = visitor.main.locator(".comparison-wall, .comparison-chart")
    expect(part.get_by_role("radio", name="Steps")).to_be_checked()
    expect(part.locator("canvas").first).to_be_visible()


@pytest.mark.parametrize("section", ["Images", "Curves", "Latent+maps", "Scores"])
def test_every_section_fits_the_screen_and_has_alt_texts(opened, section, wait_until) -> None:
    visitor = opened(f"&section={section}")
    graphics = visitor.main.locator("img, canvas, [role=img], .js-plotly-plot")
    expect(graphics.first).to_be_attached()
    assert not graphics.evaluate_all(WITHOUT_TEXT)
    for width in (390, 800, 1400):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        wait_until(lambda: visitor.main.evaluate("(e) => e.scrollWidth <= e.clientWidth + 1"), 10)
    table = visitor.main.locator(".dvn-scroller")  # it lays out its columns a moment later
    wait_until(lambda: table.evaluate_all("(tables) => tables.every((t) => t.scrollWidth <= t.clientWidth)"), 10)
