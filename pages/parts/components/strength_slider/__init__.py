"""A slider over noise strengths that runs in the browser: clean, noisy and restored images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aecore.evaluation.denoising import Denoised, Quality
from aecore.images import Pixels, tile, to_pixels, to_png
from pages.parts.components import data_url, load

_component = load("strength_slider")


def slider_data(clean: Pixels, levels: Sequence[Denoised]) -> dict[str, Any]:
    """What the slider shows: all images in one sheet, and their metrics.

    Args:
        clean: the images (N, H, W, C) without noise.
        levels: noisy and restored images for each strength.
    """
    rows = [clean, *(to_pixels(part) for level in levels for part in (level.noisy, level.denoised))]
    count, height, width, _ = clean.shape
    return {
        "sheet": data_url(to_png(tile(np.concatenate(rows), count))),
        "columns": count,
        "tile": [height, width],
        "levels": [_level(level) for level in levels],
    }


def strength_slider(data: dict[str, Any], start: int, key: str, on_change: Callable[[], None]) -> None:
    """Draw clean images, noisy ones of the selected level, and restored ones.

    When the slider is released, the widget state `key` holds its `strength`, and `on_change` is called.

    Args:
        data: what it shows, from `slider_data`.
        start: index of the level that is selected first.
        key: key of the component.
        on_change: called when the slider is released.
    """
    _component(key=key, data={"id": key, "start": start, **data}, on_strength_change=on_change)


def _level(level: Denoised) -> dict[str, Any]:
    return {
        "strength": level.strength,
        "noisy": _metrics(level.noisy_quality),
        "restored": _metrics(level.denoised_quality),
    }


def _metrics(quality: Quality) -> dict[str, list[float]]:
    """The metrics of each image, by name."""
    return {name: [round(value, 3) for value in getattr(quality, name).tolist()] for name in ("psnr", "ssim")}
