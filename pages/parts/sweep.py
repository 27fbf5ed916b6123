"""A slider over strengths of noise that is answered in the browser: clean, noisy and restored pictures."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aecore.evaluation.denoising import Denoised, Quality
from aecore.images import Pixels, tile, to_pixels, to_png
from pages.parts.shell.frame import component

HTML = """
<div class="sweep" role="group" aria-label="Noise and its removal">
  <div class="bar">
    <span class="label">strength</span>
    <input class="slider" type="range" min="0" step="1" aria-label="Strength of the noise">
  </div>
  <figure>
    <span class="label">clean</span><canvas class="clean" role="img" aria-label="Clean pictures"></canvas>
    <span class="label">noisy</span><canvas class="noisy" role="img" aria-label="The same pictures with noise"></canvas>
    <span class="label">restored</span><canvas class="restored" role="img" aria-label="Restored pictures"></canvas>
    <span class="label">PSNR</span><div class="numbers psnr"></div>
    <span class="label">SSIM</span><div class="numbers ssim"></div>
  </figure>
  <p class="mean"></p>
</div>
"""

_component = component("sweep", HTML, "tiles.js")


def sweep_slider(
    clean: Pixels, levels: Sequence[Denoised], start: int, key: str, on_change: Callable[[], None]
) -> None:
    """Shows clean pictures (N, H, W, C) with noise of every level, and restored; the slider begins at level `start`.

    When the hand lets go, the strength stands in the session under `key` as `strength`, and `on_change` is called.
    """
    rows = [clean, *(to_pixels(part) for level in levels for part in (level.noisy, level.denoised))]
    count, height, width, _ = clean.shape
    _component(
        key=key,
        data={
            "id": key,
            "start": start,
            "sheet": "data:image/png;base64," + base64.b64encode(to_png(tile(np.concatenate(rows), count))).decode(),
            "columns": count,
            "tile": [height, width],
            "levels": [_numbers(level) for level in levels],
        },
        on_strength_change=on_change,
    )


def _numbers(level: Denoised) -> dict[str, Any]:
    return {"strength": level.strength, "noisy": _each(level.noisy_quality), "restored": _each(level.denoised_quality)}


def _each(quality: Quality) -> dict[str, list[float]]:
    return {name: [round(value, 3) for value in getattr(quality, name).tolist()] for name in ("psnr", "ssim")}
