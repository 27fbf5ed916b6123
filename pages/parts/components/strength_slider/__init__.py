"""A slider over noise strengths, answered in the browser: clean, noisy and restored pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aecore.evaluation.denoising import Denoised, Quality
from aecore.images import Pixels, tile, to_pixels, to_png
from pages.parts.components import data_url, load

_component = load("strength_slider")


def strength_slider(
    clean: Pixels, levels: Sequence[Denoised], start: int, key: str, on_change: Callable[[], None]
) -> None:
    """Show clean pictures (N, H, W, C) with noise of each level, and restored; the slider starts at level `start`.

    When the slider is released, its strength is in the session under `key` as `strength`, and `on_change` is called.
    """
    rows = [clean, *(to_pixels(part) for level in levels for part in (level.noisy, level.denoised))]
    count, height, width, _ = clean.shape
    _component(
        key=key,
        data={
            "id": key,
            "start": start,
            "sheet": data_url(to_png(tile(np.concatenate(rows), count))),
            "columns": count,
            "tile": [height, width],
            "levels": [_level(level) for level in levels],
        },
        on_strength_change=on_change,
    )


def _level(level: Denoised) -> dict[str, Any]:
    return {
        "strength": level.strength,
        "noisy": _scores(level.noisy_quality),
        "restored": _scores(level.denoised_quality),
    }


def _scores(quality: Quality) -> dict[str, list[float]]:
    """The scores of each picture, by name."""
    return {name: [round(value, 3) for value in getattr(quality, name).tolist()] for name in ("psnr", "ssim")}
