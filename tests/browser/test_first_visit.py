"""A first visit: one button, a live training, and the pages that explore the trained model."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def test_home_starts_a_first_training(visitor, wait_until):
    visitor.open("/")
    visitor.button("Train your first autoencoder").click()
    expect(visitor.reconstruction).to_be_visible()
    before, loss = visitor.reconstruction.get_attribute("aria-label"), visitor.gauge("training loss")
    wait_until(lambda: visitor.finished.count() or visitor.reconstruction.get_attribute("aria-label") != before)
    wait_until(lambda: visitor.finished.count() or visitor.gauge("training loss") < loss)
    expect(visitor.finished).to_be_visible()
    assert visitor.server.newest_run().metrics()[-1]["train"]["loss"] < loss
    expect(visitor.main.locator("table.scores")).to_be_visible()


def test_training_is_shown_live_and_leads_to_other_pages(visitor, wait_until):
    visitor.open("/train")
    visitor.enter("Training images", "1000")
    visitor.enter("Steps", "240")
    visitor.train()
    expect(visitor.reconstruction).to_be_visible()
    sources, progress, losses = set(), set(), []

    def enough_updates() -> bool:
        """Record what the page shows, until it has changed a few times."""
        if visitor.reconstruction.count():
            sources.add(visitor.reconstruction.get_attribute("aria-label"))
            progress.add(visitor.bar.get_attribute("aria-valuenow"))
            losses.append(visitor.gauge("training loss"))
        return len(sources) >= 4

    wait_until(enough_updates)
    assert losses[-1] < losses[0]
    assert len(progress) >= 3
    expect(visitor.main.get_by_text(re.compile("^.*step .* of 240"))).to_be_visible()
    expect(visitor.finished).to_be_visible()

    table = visitor.main.locator("table.scores")
    expect(table).to_contain_text("MSE per pixel")
    for word in ("PSNR", "BCE", "This run", "PCA, 16 components"):
        expect(table).to_contain_text(word)
    numbers = [float(text) for text in table.locator("td").all_inner_texts()]
    assert len(numbers) == 6
    assert all(number > 0 for number in numbers)

    run = visitor.server.newest_run()
    visitor.wait_for_run(run.id)
    visitor.main.get_by_role("link", name="Reconstruct").click()
    visitor.page.wait_for_url("**/reconstruct?*")
    visitor.wait_for_run(run.id)
    expect(visitor.main.locator(".grid figure")).to_have_count(24)
    expect(visitor.picker).to_have_value(re.compile(re.escape(run.state().name)))


def test_reload_during_training_shows_the_same_run(visitor, paused):
    visitor.open("/train")
    visitor.enter("Training images", "1000")
    visitor.enter("Steps", "240")
    visitor.train()
    expect(visitor.reconstruction).to_be_visible()
    run = visitor.run_in_address()
    with paused(visitor.server.newest_run()):  # so that it cannot end before the page is loaded
        visitor.page.reload()
        visitor.drawn()
        assert visitor.run_in_address() == run == visitor.server.newest_run().id
        expect(visitor.button("Stop")).to_be_visible()
        expect(visitor.reconstruction).to_be_visible()
    expect(visitor.finished).to_be_visible()
    assert visitor.server.newest_run().state().status == "finished"


def test_reload_keeps_the_settings(visitor):
    visitor.open("/train")
    visitor.enter("Training images", "500")
    visitor.enter("Steps", "12")
    visitor.train()
    expect(visitor.finished).to_be_visible()
    visitor.page.reload()
    visitor.drawn()
    expect(visitor.main.get_by_label("Steps", exact=True)).to_have_value("12")


def test_training_fits_the_screen(visitor, endless):
    """At 1400 x 900, buttons, images and loss curve are visible without scrolling."""
    run = visitor.server.create(endless, "On the screen")
    visitor.open("/train", run.id)
    expect(visitor.reconstruction).to_be_visible()
    expect(visitor.chart).to_be_visible()
    parts = [visitor.main.locator(name) for name in (".live-view", ".loss-chart")]
    elements = [visitor.button("Train"), visitor.button("Stop"), *parts]
    for box in visitor.boxes(*elements):
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= 1400
        assert box["y"] + box["height"] <= 900, box


def test_tab_reaches_the_train_button(visitor):
    page = visitor.open("/train")
    # The browser loads some kinds of fields after the page is drawn; until then, Tab goes around without them.
    expect(visitor.main.get_by_label("Learning rate", exact=True)).to_be_visible()
    expect(visitor.button("Train")).to_be_enabled()
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('kind')") == "primary":
            break
    expect(visitor.button("Train")).to_be_focused()
    page.keyboard.press("Enter")
    expect(visitor.button("Stop")).to_be_visible()
