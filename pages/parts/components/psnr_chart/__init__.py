"""The quality of denoising methods over the strength of the noise, drawn in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pages.parts.components import CHART_STYLES, load
from pages.parts.shell.paths import UPLOT, UPLOT_SCRIPT

_component = load("psnr_chart", *CHART_STYLES)


@dataclass(frozen=True)
class Curve:
    """One method: its PSNR in dB at each strength, the settings with which it reached it, and its style."""

    name: str
    values: Sequence[float]
    notes: Sequence[str]
    width: float
    dash: Sequence[int] = ()


def psnr_chart(
    key: str, levels: Sequence[float], curves: Sequence[Curve], noise: str, trained: float | None, height: int, alt: str
) -> None:
    """Draw the curves of all methods.

    Args:
        key: the component's key.
        levels: the strengths of the noise.
        curves: the methods.
        noise: title of the noise, for the axis.
        trained: the strength that the model was trained on, marked by a line; None for none.
        height: height of the chart with its legend, in pixels.
        alt: the chart in words.
    """
    data = {
        "library": f"{UPLOT}/{UPLOT_SCRIPT}",
        "levels": list(levels),
        "curves": [asdict(curve) for curve in curves],
        "label": f"{noise}, strength",
        "trained": trained,
        "height": height,
        "alt": alt,
    }
    _component(key=key, data=data, height=height)
