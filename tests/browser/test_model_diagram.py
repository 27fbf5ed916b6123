"""The labels of model diagrams: none lies over another one, and narrow blocks still have theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from aecore.config.recipes import RECIPES
from aecore.models.summary import summarize
from pages.parts.train import model_diagram

ROOT = Path(__file__).parents[2]
STYLE = (ROOT / "assets" / "style.css").read_text()
PAGE = """<style>html {{ font-size: 15px }} body {{ font-family: "DejaVu Sans", sans-serif }} {style}</style>
<div class="stApp" style="width: {width}px">{diagrams}</div>"""
#: For each diagram, the visible labels that begin before the one on their left has ended, and how many are visible.
LABELS = """() => [...document.querySelectorAll(".model-diagram")].map((diagram) => {
  const labels = [...diagram.querySelectorAll("span")];
  const visible = labels.filter((label) => getComputedStyle(label).visibility !== "hidden");
  const ends = visible.map((label) => {
    const text = document.createRange();
    text.selectNodeContents(label);
    const { left, right } = text.getBoundingClientRect();
    return [left, right, label.innerText];
  });
  const colliding = ends.filter(([left], i) => i && left < ends[i - 1][1] + 1).map(([, , text]) => text);
  return [colliding, visible.length / labels.length];
})"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    return browser.new_page()


@pytest.mark.parametrize(("width", "least"), [(289, 0.55), (325, 0.7), (700, 0.9)])  # at 1280, 1400 and 1024 pixels
def test_labels_do_not_collide(page: Page, width: int, least: float) -> None:
    layers = [summarize(recipe.config().build_model("meta")) for recipe in RECIPES.values()]
    diagrams = "".join(f'<div class="model-diagram">{model_diagram.blocks(of_one)}</div>' for of_one in layers)
    page.set_content(PAGE.format(style=STYLE, width=width, diagrams=diagrams))
    for name, (colliding, share) in zip(RECIPES, page.evaluate(LABELS), strict=True):
        assert not colliding, name
        assert share > least, name
