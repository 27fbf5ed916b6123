"""The threshold between normal and anomalous."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aecore.runs.run import Run
from pages.parts.anomalies.scored import FALSE_ALARM_RATE, METHODS, Compared
from pages.parts.components.anomaly_threshold import anomaly_threshold


def threshold(run: Run, name: str, method: Compared, normal_names: Sequence[str]) -> None:
    """Draw the scores of one method with a threshold to drag, and say where it starts."""
    histograms(run, name, method, normal_names)
    rate = f"{FALSE_ALARM_RATE:.0%}"
    held_out = f"{method.held_out:,} validation images, which are normal and were held out from training"
    if method.threshold is None:
        where = "This run held out no validation images to set the threshold. It starts at the median of normal images."
    else:
        where = f"The threshold starts at {rate} false alarms among {held_out}; no anomalous image is needed for that."
    st.caption(
        f"{METHODS[name].title}, larger to the right, on the test images; what is right of the threshold is reported. "
        f"{where} Drag it. Far larger scores are in the last bar."
    )


def histograms(run: Run, name: str, method: Compared, normal_names: Sequence[str]) -> None:
    """Draw the scores of one method with a threshold to drag."""
    normal, anomalous = method.scores[method.is_normal], method.scores[~method.is_normal]
    if method.threshold is None:
        start, reset = float(normal.median()), "Reset"
    else:
        start, reset = method.threshold, f"Back to {FALSE_ALARM_RATE:.0%} false alarms"
    anomaly_threshold(
        f"threshold-{run.id}-{run.model_step()}-{name}",
        normal,
        anomalous,
        {"normal": f"Normal ({', '.join(normal_names)})", "anomalous": "Anomalous (all others)"},
        start,
        reset,
        f"Histograms of the {METHODS[name].title.lower()} of normal and of anomalous test images",
    )
