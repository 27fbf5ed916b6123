"""A slider over bits per image that runs in the browser: the same images under several methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.images import Pixels, tile, to_png, to_rgb
from pages.parts.components import data_url, load

_component = load("bits_slider")

#: The slider's stops in each power of ten: round numbers in about equal ratios (ISO 3, R10).
_STOPS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0)


@dataclass(frozen=True, eq=False)
class Setting:
    """One setting of a method, applied to the images."""

    bits: float  # mean per image, over all test images
    psnr: float  # in dB, of the mean squared error over all test images; infinite where nothing is lost
    images: Pixels  # (N, H, W, C)
    image_psnr: Sequence[float]  # of each image, infinite where nothing is lost


def slider_data(original: Pixels, methods: Sequence[tuple[str, Sequence[Setting]]]) -> dict[str, Any]:
    """What the slider shows: all images in one sheet, and for each stop the best setting of each method.

    Args:
        original: the images (N, H, W, C).
        methods: their titles and settings.
    """
    rows, drawn = [to_rgb(original)], []
    for title, settings in methods:
        shown = []
        for setting in sorted(settings, key=lambda s: s.bits):
            shown.append(_numbers(setting, len(rows)))
            rows.append(to_rgb(setting.images))
        drawn.append({"title": title, "settings": shown})
    count, height, width, _ = original.shape
    every = [setting.bits for _, settings in methods for setting in settings]
    return {
        "sheet": data_url(to_png(tile(np.concatenate(rows), count))),
        "columns": count,
        "tile": [height, width],
        "methods": drawn,
        "stops": _stops(min(every), max(every)),
    }


def bits_slider(data: dict[str, Any], start: float, key: str) -> None:
    """Draw the original images and, for each method, its images within the bits that the slider allows.

    Args:
        data: what it shows, from `slider_data`.
        start: bits per image that are selected first.
        key: key of the component.
    """
    _component(key=key, data={"id": key, "start": start, **data})


def _numbers(setting: Setting, row: int) -> dict[str, Any]:
    """The setting with numbers that JSON can hold: null for an infinite PSNR."""
    return {
        "row": row,
        "bits": round(setting.bits, 1),
        "psnr": _decibels(setting.psnr),
        "imagePsnr": [_decibels(psnr) for psnr in setting.image_psnr],
    }


def _decibels(psnr: float) -> float | None:
    return round(psnr, 2) if np.isfinite(psnr) else None


def _stops(lowest: float, highest: float) -> list[float]:
    """The stops from the first that allows `lowest` bits to the first that allows `highest`."""
    every = [stop * 10**power for power in range(7) for stop in _STOPS]
    first = next(i for i, stop in enumerate(every) if stop >= lowest)
    last = next(i for i, stop in enumerate(every) if stop >= highest)
    return [round(stop, 2) for stop in every[first : last + 1]]
