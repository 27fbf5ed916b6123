"""The pinned point: its picture and copy, its code under sliders that decode live, and its neighbours."""

from __future__ import annotations

import streamlit as st
import torch

from aecore.analysis.neighbours import nearest
from aecore.config import RunConfig
from aecore.exploring import Explored, by_activity, decoder
from aecore.images import to_pixels
from aecore.runs.run import Run
from pages.parts import lab
from pages.parts.pictures import bars, img

MOST_SLIDERS = 6
NEIGHBOURS = 8


def pinned_room(run: Run, config: RunConfig, explored: Explored, pin: int) -> None:
    """The pinned point in pictures, and what other codes near it decode to."""
    codes = explored.codes
    code, spreads = codes[pin].clone(), codes.std(dim=0)
    active = by_activity(codes)[:MOST_SLIDERS].tolist()
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(f"**Pinned: test {config.dataset.unit} {pin + 1}**", width="stretch")
    key = f"{run.id}-{pin}-{st.session_state.get('pin-round', 0)}"
    row.button("Reset", icon=":material/undo:", key="pin-reset", on_click=_reset)
    columns = st.columns(2)
    for i, dimension in enumerate(active):
        reach = 3 * float(spreads[dimension]) + 1e-3
        low, high = float(codes[:, dimension].mean()) - reach, float(codes[:, dimension].mean()) + reach
        value = min(max(float(code[dimension]), low), high)
        with columns[i % 2]:
            moved = st.slider(
                f"z{dimension + 1}", low, high, value, (high - low) / 200, key=f"z-{key}-{dimension}", format="%.2f"
            )
        if moved != value:
            code[dimension] = moved
    decoded = decoder(lab.model(run))(code[None])
    found, _ = nearest(codes, codes[pin][None], NEIGHBOURS + 1)
    near = [i for i in found[0].tolist() if i != pin][:NEIGHBOURS]
    trio = to_pixels(torch.stack([explored.images[pin], explored.answers[pin], decoded[0]]))
    labels = ("original", "reconstruction", "with the sliders")
    figures = "".join(
        f"<figure>{img(picture, f'Pinned picture: {label}')}<figcaption>{label}</figcaption></figure>"
        for label, picture in zip(labels, trio, strict=True)
    )
    neighbours = "".join(img(p, f"Neighbour {i}") for i, p in enumerate(to_pixels(explored.images[near]), 1))
    strip = bars(code.tolist()[:50], float(3 * spreads.max()))
    st.html(
        f'<div class="seen"><div class="trio pinned">{figures}</div>'
        f"<figure>{strip}<figcaption>code{'' if len(code) <= 50 else ', the first 50 numbers'}</figcaption></figure>"
        f'<figure><div class="near">{neighbours}</div><figcaption>nearest codes</figcaption></figure></div>'
    )


def _reset() -> None:
    st.session_state["pin-round"] = st.session_state.get("pin-round", 0) + 1
