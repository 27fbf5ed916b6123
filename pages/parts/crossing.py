"""Several ways from one picture to another under one slider that is answered in the browser."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import numpy as np

from aecore.images import Pixels, tile, to_png
from pages.parts.shell.frame import component

HTML = """
<div class="crossing" role="group" aria-label="From A to B">
  <div class="bar"><button type="button"></button>
    <span>A</span><input type="range" min="0" step="1" aria-label="How far from A to B"><span>B</span></div>
  <div class="ways"></div>
</div>
"""

_component = component("crossing", HTML, "controls.js")


def crossing(ways: Mapping[str, Pixels]) -> None:
    """Each of the ways, by name, as equally many pictures (N, H, W, C): at the place of a slider, or played."""
    count, height, width, _ = next(iter(ways.values())).shape
    sheet = to_png(tile(np.concatenate(list(ways.values())), count))
    data = {"names": list(ways), "count": count, "tile": [height, width]}
    _component(key="crossing", data={**data, "sheet": "data:image/png;base64," + base64.b64encode(sheet).decode()})
