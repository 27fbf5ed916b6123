"""The same images under each method at equal bits, under a slider that runs in the browser."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore.analysis.metrics import EXACT_PSNR, psnr
from aecore.data.pixels import to_float
from aecore.images import to_pixels
from aecore.runs.run import Run
from pages.parts.components.bits_slider import Setting, bits_slider, slider_data
from pages.parts.compress.points import Comparison

_LOSSLESS = "-lossless"  # ends the names of formats that are shown in one row with their lossy form


def equal_bits(run: Run, comparison: Comparison) -> None:
    """Draw the slider; it starts at the model's reference point."""
    data = _data(run.id, run.model_step(), comparison.packing, comparison)
    start = next(stop for stop in data["stops"] if stop >= comparison.bits(comparison.reference()))
    bits_slider(data, start, f"bits-slider-{run.id}-{comparison.packing}")


@st.cache_data(max_entries=16, show_spinner=False)
def _data(run_id: str, step: int | None, packing: str, _comparison: Comparison) -> dict[str, Any]:
    rates, rows = _comparison.rates, dict[str, list[Setting]]()
    originals = to_float(rates.originals)
    for curve in _comparison.curves:
        title = curve.title.removesuffix(", lossless") if curve.method.endswith(_LOSSLESS) else curve.title
        for point, pictures in zip(curve.packed(packing), rates.pictures[curve.method], strict=True):
            errors = (to_float(pictures) - originals).square().flatten(1).mean(dim=1).tolist()
            each = [_finite(psnr(error)) for error in errors]
            setting = Setting(_comparison.bits(point), _finite(point.psnr), to_pixels(pictures), each)
            rows.setdefault(title, []).append(setting)
    model, *others = rows.items()
    others.sort(key=lambda row: min(setting.bits for setting in row[1]))  # those that need most bits appear last
    return slider_data(to_pixels(rates.originals), [model, *others])


def _finite(decibels: float) -> float:
    return decibels if decibels < EXACT_PSNR else float("inf")
