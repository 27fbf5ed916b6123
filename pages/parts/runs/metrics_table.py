"""A run's metrics as text, with units and sensible digits: live metrics, validation loss, and the table of scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from aecore.analysis.metrics import EXACT_PSNR
from aecore.config.run_config import RunConfig
from aecore.errors import DataUnavailable, UnreadableRun
from aecore.runs.run import Run
from pages.parts.runs.loss_chart import loss_unit
from pages.parts.shell import resources, text


def duration(seconds: float) -> str:
    """`41 s`, `12 min` or `1.5 h`, with a space at which no line breaks."""
    if seconds < 90:
        return f"{math.ceil(seconds)}\N{NO-BREAK SPACE}s"
    if seconds < 5400:
        return f"{seconds / 60:.0f}\N{NO-BREAK SPACE}min"
    return f"{seconds / 3600:.1f}\N{NO-BREAK SPACE}h"


def two_digits(value: float) -> str:
    """A number with two significant digits, `12,000`: a speed varies too much for more."""
    scale = 10 ** max(0, math.floor(math.log10(max(value, 1))) - 1)
    return f"{round(value / scale) * scale:,}"


def live_metrics(metrics: dict[str, Any], config: RunConfig) -> list[tuple[str, str, str]]:
    """Step, training loss, learning rate and speed, each as (name, value, unit)."""
    return [
        ("step", f"{metrics['step']:,}", ""),
        ("training loss", f"{metrics['losses']['loss']:.1f}", loss_unit(config)),
        ("learning rate", f"{metrics['learning_rate']:.2g}", ""),
        ("", two_digits(metrics["images_per_second"]), f"{config.dataset.unit}s/s"),
    ]


def validation_caption(records: Sequence[dict[str, Any]]) -> None:
    """Draw the parts of the last validation loss and the metrics recorded with it, if there are any."""
    last: dict[str, float] = next((r["validation"] for r in reversed(records) if "validation" in r), {})
    line = " · ".join(f"{_metric_label(name)} {value:.3g}" for name, value in last.items() if name != "loss")
    if line:
        st.caption(f"On the validation set: {line}")


def _metric_label(name: str) -> str:
    return {"kl": "KL", "l1_weights": "L1 of weights"}.get(name, name.replace("_", " "))


def scores_table(run: Run, config: RunConfig) -> None:
    """Draw a run's scores on the test set and those of PCA with as many components; the better one is bold."""
    try:
        scores = resources.scores(run)
    except (DataUnavailable, UnreadableRun) as error:
        text.info(str(error))
        return
    model, pca = scores["model"], scores["pca"]
    columns = [
        ("mse", f"MSE per {'pixel' if config.has_images else 'value'}", "{:.4f}", min),
        ("psnr", "PSNR, dB", "{:.1f}", max),
        ("bce", "BCE, nats per pixel", "{:.4f}", min),
    ]
    columns = [column for column in columns if model[column[0]] is not None]
    noisy = "" if config.corruption.does_nothing else ", with noise"
    corner = f"On the test {config.dataset.unit}s{noisy}"
    head = "".join(f'<th scope="col">{title}</th>' for _, title, _, _ in columns)
    body = ""
    for name, row in (("This run", model), (f"PCA, {scores['components']:,} components", pca)):
        cells = ""
        for key, _, number_format, better in columns:
            cell = "exact" if key == "psnr" and row[key] >= EXACT_PSNR else number_format.format(row[key])
            is_better = row[key] == better(model[key], pca[key]) and model[key] != pca[key]
            cells += f"<td>{f'<b>{cell}</b>' if is_better else cell}</td>"
        body += f'<tr><th scope="row">{name}</th>{cells}</tr>'
    st.html(f'<table class="scores numbers"><thead><tr><th>{corner}</th>{head}</tr></thead>{body}</table>')
    if config.components >= math.prod(config.dataset.input_shape):
        st.caption("The code is at least as large as the input, so PCA with all components reconstructs it exactly.")
