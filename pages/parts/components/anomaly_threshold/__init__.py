"""Histograms of anomaly scores, and a threshold to drag, with the counts above and below it."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from pages.parts.components import load

_component = load("anomaly_threshold")


def anomaly_threshold(
    key: str, normal: Tensor, anomalous: Tensor, titles: Mapping[str, str], start: float, reset: str, alt: str
) -> None:
    """Draw the histograms; the threshold is answered in the browser.

    Args:
        key: the component's key; another one starts with its own threshold.
        normal: scores of normal images (N,).
        anomalous: scores of anomalous images (M,).
        titles: of the two groups, by `normal` and `anomalous`.
        start: the threshold at first.
        reset: label of the button that returns to it.
        alt: the chart in words.
    """
    data = {
        "id": key,
        "normal": normal.sort().values.tolist(),
        "anomalous": anomalous.sort().values.tolist(),
        "titles": dict(titles),
        "start": start,
        "reset": reset,
        "alt": alt,
    }
    _component(key=key, data=data)
