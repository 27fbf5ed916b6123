"""Numbers in words: with units, and with as many digits as they deserve."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from aecore.downloads import DataUnavailable
from aecore.runs.run import Run, Unreadable
from pages.parts import lab

EXACT = 100  # dB: nothing but rounding differs


def moment(facts: dict[str, Any]) -> str:
    """Where a training stands: `epoch 3 of 10 · 41 s left`."""
    where = f"epoch {min(math.floor(facts['epoch']) + 1, facts['epochs'])} of {facts['epochs']}"
    left = facts["seconds_left"]
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


def gauges(facts: dict[str, Any], unit: str) -> None:
    """One quiet line of live numbers."""
    parts = [
        ("step", f"{facts['step']:,}", ""),
        ("training loss", f"{facts['losses']['loss']:.1f}", unit),
        ("learning rate", f"{facts['learning_rate']:.2g}", ""),
        ("", two_digits(facts["images_per_second"]), "images/s"),
    ]
    spans = "".join(f"<span>{name} <b>{value}</b> {unit}</span>" for name, value, unit in parts)
    st.html(f'<div class="gauges">{spans}</div>')


def scores(run: Run) -> None:
    """The reported numbers on the test pictures, beside PCA with as many components; the better of two is bold."""
    try:
        kept = lab.scores(run)
    except (DataUnavailable, Unreadable) as error:
        st.caption(f":material/info: {error}")
        return
    ours, pca = kept["model"], kept["pca"]
    columns = [
        ("mse", "MSE per pixel", "{:.4f}", min),
        ("psnr", "PSNR, dB", "{:.1f}", max),
        ("bce", "BCE, nats per pixel", "{:.4f}", min),
    ]
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
    st.html(f'<table class="scores numbers"><thead><tr><th>On the test pictures</th>{head}</tr></thead>{body}</table>')
    if run.config().latent_size >= math.prod(run.config().dataset.image_shape):
        st.caption("The code holds no fewer numbers than the picture, so PCA with all its components copies exactly.")
