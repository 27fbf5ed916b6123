"""Numbers in words: with units, and with as many digits as they deserve."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.errors import DataUnavailable, UnreadableRun
from aecore.runs.run import Run
from pages.parts.runs.loss_chart import unit
from pages.parts.shell import resources

EXACT = 100  # dB: nothing but rounding differs


def moment(metrics: dict[str, Any]) -> str:
    """Where a training stands: `epoch 3 of 10 · 41 s left`."""
    where = f"epoch {min(math.floor(metrics['epoch']) + 1, metrics['epochs'])} of {metrics['epochs']}"
    left = metrics["seconds_left"]
    return where if left is None else f"{where} · {duration(left)} left"


def duration(seconds: float) -> str:
    """`41 s`, `12 min`, `1.5 h`."""
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def two_digits(value: float) -> str:
    """A speed wanders: two digits of it are worth showing."""
    scale = 10 ** max(0, math.floor(math.log10(max(value, 1))) - 1)
    return f"{round(value / scale) * scale:,}"


def gauges(metrics: dict[str, Any], config: RunConfig) -> None:
    """One quiet line of live numbers."""
    parts = [
        ("step", f"{metrics['step']:,}", ""),
        ("training loss", f"{metrics['losses']['loss']:.1f}", unit(config)),
        ("learning rate", f"{metrics['learning_rate']:.2g}", ""),
        ("", two_digits(metrics["images_per_second"]), f"{config.dataset.unit}s/s"),
    ]
    spans = "".join(f"<span>{name} <b>{value}</b> {unit}</span>" for name, value, unit in parts)
    st.html(f'<div class="gauges">{spans}</div>')


def parts(records: list[dict[str, Any]]) -> None:
    """What the validation loss is made of, and the metrics beside it, where there is more to it than the copy."""
    told = next((r["validation"] for r in reversed(records) if "validation" in r), {})
    line = " · ".join(f"{_label(name)} {value:.3g}" for name, value in told.items() if name != "loss")
    if line:
        st.caption(f"On the validation set: {line}")


def _label(name: str) -> str:
    return {"kl": "KL", "l1_weights": "L1 of weights"}.get(name, name.replace("_", " "))


def scores(run: Run) -> None:
    """The reported numbers on the test pictures, beside PCA with as many components; the better of two is bold."""
    try:
        kept = resources.scores(run)
    except (DataUnavailable, UnreadableRun) as error:
        st.caption(f":material/info: {error}")
        return
    ours, pca = kept["model"], kept["pca"]
    config = run.config()
    columns = [
        ("mse", f"MSE per {'pixel' if config.has_images else 'number'}", "{:.4f}", min),
        ("psnr", "PSNR, dB", "{:.1f}", max),
        ("bce", "BCE, nats per pixel", "{:.4f}", min),
    ]
    columns = [column for column in columns if ours[column[0]] is not None]
    noise = "" if config.corruption.does_nothing else ", made noisy"
    head_of_rows = f"On the test {'pictures' if config.has_images else f'{config.dataset.unit}s'}{noise}"
    rows = [("This run", ours), (f"PCA, {kept['components']:,} components", pca)]
    head = "".join(f'<th scope="col">{title}</th>' for _, title, _, _ in columns)
    body = ""
    for name, numbers in rows:
        cells = ""
        for key, _, form, better in columns:
            text = "exact" if key == "psnr" and numbers[key] > EXACT else form.format(numbers[key])
            is_best = numbers[key] == better(ours[key], pca[key]) and ours[key] != pca[key]
            cells += f"<td>{f'<b>{text}</b>' if is_best else text}</td>"
        body += f'<tr><th scope="row">{name}</th>{cells}</tr>'
    st.html(f'<table class="scores numbers"><thead><tr><th>{head_of_rows}</th>{head}</tr></thead>{body}</table>')
    if config.components >= math.prod(config.dataset.input_shape):
        st.caption("The code holds no fewer numbers than the picture, so PCA with all its components copies exactly.")
