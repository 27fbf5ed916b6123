"""Clicks on Train in a real browser: a double click starts one run, a second press another one."""

from __future__ import annotations

import time

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


@pytest.mark.parametrize("milliseconds", [0, 60, 180])
def test_a_double_click_starts_one_run_and_a_second_press_another(visitor, milliseconds):
    page = visitor.open("/train", "starter-1-quick")
    visitor.enter("Epochs", "3")
    before = len(visitor.server.store.runs())
    box = visitor.boxes(visitor.button("Train"))[0]
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(x, y)
    page.wait_for_timeout(milliseconds)
    page.mouse.click(x, y, click_count=2)
    clicked = time.monotonic()
    expect(page.locator(".st-key-train-button-form-1")).to_be_visible()
    first = visitor.server.own_run().id
    visitor.wait_for_run(first)
    visitor.button("Train").click()  # the server has processed both clicks before this one
    pressed = time.monotonic()
    expect(page.locator(".st-key-train-button-form-2")).to_be_visible()
    expect(page.locator(".st-key-train-button-form-3")).to_have_count(0)
    runs = visitor.server.store.runs()
    assert len(runs) == before + 2
    assert runs[0].config() == runs[1].config()
    assert first in {run.id for run in runs[:2]}
    print(f"the second press came {pressed - clicked:.1f} s after the double click")


def test_a_new_train_button_takes_no_pointer_for_a_moment(visitor):
    """The second click of a double click may come after the page was drawn again."""
    visitor.open("/train", "starter-1-quick")
    assert visitor.button("Train").evaluate(POINTER_EVENTS) == ["none", "none", "none", "auto"]
