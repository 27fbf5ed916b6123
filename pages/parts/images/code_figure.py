"""An autoencoder in a picture: a real digit, its real code, and what the model draws from that code."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.data.pixels import to_float
from aecore.images import Pixels, to_pixels
from aecore.runs.run import Run
from pages.parts.images.html import img
from pages.parts.shell import resources


def hourglass(run: Run | None) -> None:
    """Digit, encoder, code, decoder, copy; computed by a trained model, with a choice of digit."""
    if run is None:
        return
    test = resources.data(run.config().dataset).test
    digit = st.segmented_control("Digit", range(10), default=3, key="hourglass-digit", label_visibility="collapsed")
    chosen = 3 if digit is None else digit
    original, code, copy = _pass(run.id, run.model_step(), chosen, run)
    # Positive numbers stand up from the middle, negative ones hang down.
    shares = 50 * code / max(float(np.abs(code).max()), 1e-9)
    bars = "".join(
        f'<i style="height:{abs(share):.0f}%;transform:translateY({-50 if share > 0 else 50}%)"></i>'
        for share in shares
    )
    size = f"{test.images[0].numel()} pixels"
    parts = (
        (img(original, f"A test digit: {chosen}"), "a digit", size),
        ('<div class="narrows"></div>', "encoder", "squeezes"),
        (f'<div class="bars" role="img" aria-label="Its code as bars">{bars}</div>', "code", f"{len(code)} numbers"),
        ('<div class="widens"></div>', "decoder", "draws"),
        (img(copy, f"The reconstruction of the {chosen}"), "its copy", size),
    )
    figures = (
        f"<figure>{top}<figcaption>{name}<small>{note}</small></figcaption></figure>" for top, name, note in parts
    )
    st.html(f'<div class="hourglass">{"".join(figures)}</div>')
    st.caption("Computed just now by a small model that comes with the app. It has never seen this digit before.")


@st.cache_data(max_entries=64, show_spinner=False)
def _pass(run_id: str, step: int | None, digit: int, _run: Run) -> tuple[Pixels, np.ndarray, Pixels]:
    test = resources.data(_run.config().dataset).test
    image = test.images[(test.labels == digit).nonzero()[0]]  # (1, C, H, W)
    network = resources.model(_run)
    code = network.encode(to_float(image))
    return to_pixels(image)[0], code.flatten().numpy(), to_pixels(network.decode(code))[0]
