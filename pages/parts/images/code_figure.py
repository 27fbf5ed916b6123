"""The figure on Home: a test digit, its code and its reconstruction, computed by a starter model."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.data.pixels import to_float
from aecore.images import Pixels, to_pixels
from aecore.runs.run import Run
from pages.parts.images.html import img
from pages.parts.shell import resources

DEFAULT_DIGIT = 3


def code_figure(run: Run | None) -> None:
    """Draw digit, encoder, code, decoder and reconstruction, with a choice of the digit; nothing without a run."""
    if run is None:
        return
    selected = st.segmented_control(
        "Digit", range(10), default=DEFAULT_DIGIT, key="code-figure-digit", label_visibility="collapsed", wrap=True
    )
    digit = DEFAULT_DIGIT if selected is None else selected
    original, code, reconstruction = _encode_decode(run.id, run.model_step(), digit, run)
    size = f"{original.size} pixels"
    parts = (
        (img(original, f"A test digit: {digit}"), "digit", size),
        ('<div class="encoder"></div>', "encoder", "compresses"),
        (f'<div class="bars" role="img" aria-label="Its code as bars">{_bars(code)}</div>', "code", _numbers(code)),
        ('<div class="decoder"></div>', "decoder", "reconstructs"),
        (img(reconstruction, f"The reconstruction of the {digit}"), "reconstruction", size),
    )
    figures = (
        f"<figure>{content}<figcaption>{name}<small>{note}</small></figcaption></figure>"
        for content, name, note in parts
    )
    st.html(f'<div class="code-figure">{"".join(figures)}</div>')
    st.caption("Computed by a small model that comes with the app. This digit was not in its training data.")


def _bars(code: np.ndarray) -> str:
    """Positive values above the middle, negative ones below."""
    heights = 50 * code / max(float(np.abs(code).max()), 1e-9)  # percent
    return "".join(
        f'<i style="height:{abs(height):.0f}%;transform:translateY({-50 if height > 0 else 50}%)"></i>'
        for height in heights
    )


def _numbers(code: np.ndarray) -> str:
    return f"{len(code)} values"


@st.cache_data(max_entries=64, show_spinner=False)
def _encode_decode(run_id: str, step: int | None, digit: int, _run: Run) -> tuple[Pixels, np.ndarray, Pixels]:
    test = resources.data(_run.config().dataset).test
    image = test.images[(test.labels == digit).nonzero()[0]]  # (1, C, H, W)
    model = resources.model(_run)
    code = model.encode(to_float(image))
    return to_pixels(image)[0], code.flatten().numpy(), to_pixels(model.decode(code))[0]
