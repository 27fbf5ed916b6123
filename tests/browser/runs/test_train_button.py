"""Clicks on Train in a real browser: a double click starts one run, a second press another one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

#: Restart the button's animation, and give its `pointer-events` during the animation and after it.
POINTER_EVENTS = """
(button) => {
  button.style.animation = "none";
  getComputedStyle(button).animationName;
  button.style.animation = "";
  const [animation] = button.getAnimations();
  animation.pause();
  const during = [0, 0.5, 0.95].map((share) => {
    animation.currentTime = share * animation.effect.getComputedTiming().duration;
    return getComputedStyle(button).pointerEvents;
  });
  animation.finish();
  return [...during, getComputedStyle(button).pointerEvents];
}
"""


#: Record when the page is clicked.
RECORD_CLICKS = """
() => { window.clicks = []; addEventListener("click", (event) => window.clicks.push(event.timeStamp), true); }
"""
MAX_INTERVAL = 500  # milliseconds between the clicks of a double click


@pytest.mark.parametrize("delay", [0, 30, 90])  # milliseconds that the mouse button is down, and is up
def test_a_double_click_starts_one_run_and_a_second_press_another(visitor, delay):
    page = visitor.open("/train", "starter-1-quick")
    page.set_viewport_size({"width": 1280, "height": 1400})  # so that the button never moves by scrolling
    visitor.enter("Steps", "96")
    before = len(visitor.server.store.runs())
    page.evaluate(RECORD_CLICKS)
    visitor.button("Train").dblclick(delay=delay)
    clicks = page.evaluate("window.clicks")  # only one, if the button was drawn again between press and release
    if clicks[-1] - clicks[0] > MAX_INTERVAL:
        pytest.skip(f"This machine took {clicks[-1] - clicks[0]:.0f} ms for a double click.")
    # The server has received both clicks before it draws this button; the old one may stay on the page for a moment.
    page.locator(".st-key-train-button-form-1").get_by_role("button", name="Train").click()
    expect(page.locator(".st-key-train-button-form-2")).to_be_visible()
    expect(page.locator(".st-key-train-button-form-3")).to_have_count(0)
    runs = visitor.server.store.runs()
    assert len(runs) == before + 2
    assert runs[0].config() == runs[1].config()
    visitor.wait_for_run(runs[0].id)


def test_a_new_train_button_takes_no_pointer_for_a_moment(visitor):
    """The second click of a double click may come after the page was drawn again."""
    visitor.open("/train", "starter-1-quick")
    assert visitor.button("Train").evaluate(POINTER_EVENTS) == ["none", "none", "none", "auto"]
