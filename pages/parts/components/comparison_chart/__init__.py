"""The losses of several runs on a common axis as a chart, drawn in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pages.parts.components import CHART_STYLES, CHOICE_STYLE, load
from pages.parts.shell.paths import UPLOT, UPLOT_SCRIPT

_component = load("comparison_chart", *CHART_STYLES, CHOICE_STYLE)


@dataclass(frozen=True)
class RunCurve:
    """The losses of one run."""

    run: str  # its id
    number: int  # of the run on the page, from 0: its letter and color
    name: str
    records: Sequence[Sequence[float | None]]  # rows as the server's route sends them
    images_per_epoch: int
    baseline: Mapping[str, Any] | None  # PCA's name and loss
    is_live: bool  # whether the browser reads further records from the server's route


def comparison_chart(
    key: str, curves: Sequence[RunCurve], axes: Mapping[Any, str], unit: str, height: int, has_controls: bool
) -> None:
    """Draw the reconstruction losses of runs, and of PCA at each latent size.

    The axis, the logarithmic scale and the smoothing are in the address: `axis`, `log` and `smooth`.

    Args:
        key: the component's key.
        curves: the runs, all with the same unit of the loss.
        axes: titles of the axes: step, epoch, seconds, images.
        unit: unit of the losses.
        height: height of the chart with its legend, in pixels.
        has_controls: whether the controls are above it; otherwise it follows those of another chart on the page.
    """
    data = {
        "library": f"{UPLOT}/{UPLOT_SCRIPT}",
        "curves": [asdict(curve) for curve in curves],
        "axes": dict(axes),
        "unit": unit,
        "height": height,
        "has_controls": has_controls,
    }
    _component(key=key, data=data)
