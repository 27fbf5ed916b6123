"""A player for interpolations between two images, drawn by the browser."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aecore.images import Pixels, tile, to_png
from pages.parts.components import data_url, load

_component = load("interpolation_player")


def interpolation_player(paths: Mapping[str, Pixels]) -> None:
    """Show paths by name, each as images (N, H, W, C) of the same N: the one at the slider's position, or played."""
    count, height, width, _ = next(iter(paths.values())).shape
    sheet = to_png(tile(np.concatenate(list(paths.values())), count))
    data = {"names": list(paths), "count": count, "tile": [height, width], "sheet": data_url(sheet)}
    _component(key="interpolation-player", data=data)
