"""The pinned point: its picture and copy, its code under sliders that decode live, and its neighbours."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Tensor

from aecore.analysis.neighbours import nearest
from aecore.analysis.projection import Projected
from aecore.config import RunConfig
from aecore.exploring import Explored, choices, decoder
from aecore.images import to_pixels
from aecore.runs.run import Run
from pages.parts import frame, lab, runs
from pages.parts.pictures import bars, img, numbers_grid
from pages.parts.turning import turning

MOST_BARS = 50
NEIGHBOURS = 8


def pinned_room(run: Run, config: RunConfig, explored: Explored, projected: Projected, pin: int) -> None:
    """The pinned point in pictures, and what other codes near it decode to; a slider redraws nothing else."""
    shown = frame.calm("The pinned picture")(runs.explained(run)(_pinned))
    st.fragment(shown)(run, config, explored, projected, pin)


def _pinned(run: Run, config: RunConfig, explored: Explored, projected: Projected, pin: int) -> None:
    st.markdown(f"**Pinned: test {config.dataset.unit} {pin + 1}**")
    stage = st.container()
    codes, dials, model = explored.codes, lab.dials(run), lab.model(run)
    name = f"{run.id}-{run.model_step()}-{len(explored)}-{pin}-{projected.points[pin].tolist()}"
    notes = {i: f"collapsed: KL {kl:.3f} nats" for i, kl in lab.unused_dimensions(run).items()}
    axes = projected.axes if projected.points.shape[1] == 2 else None
    moved = turning("dials", name, dials, codes[pin], notes, projected.points[pin].tolist(), axes)
    code = dials.turned(codes[pin], moved)
    decoded = decoder(model)(code[None])
    found, _ = nearest(codes, code[None], NEIGHBOURS + 1)
    near = [i for i in found[0].tolist() if i != pin][:NEIGHBOURS]
    trio = to_pixels(torch.stack([explored.images[pin], lab.answers(run)[pin], decoded[0]]))
    labels = ("original", "copy", "by sliders")
    figures = "".join(
        f"<figure>{img(picture, f'Pinned picture: {label}')}<figcaption>{label}</figcaption></figure>"
        for label, picture in zip(labels, trio, strict=True)
    )
    neighbours = "".join(img(p, f"Neighbour {i}") for i, p in enumerate(to_pixels(explored.images[near]), 1))
    stage.html(
        f'<div class="seen pinned"><div class="pinned-code"><div class="trio">{figures}</div>'
        f"{_code(run, code, float(codes.abs().max()))}</div>"
        f'<figure><div class="near">{neighbours}</div><figcaption>nearest codes</figcaption></figure></div>'
    )


def _code(run: Run, code: Tensor, reach: float) -> str:
    """The code as bars, or as the grid of its codebook entries."""
    chosen = choices(lab.model(run), code[None])
    if chosen is not None:
        rows, columns = lab.model(run).latent_shape[1:]
        told = f"entries at {rows} × {columns} places"
        return f"<figure>{numbers_grid(chosen.reshape(rows, columns).tolist())}<figcaption>{told}</figcaption></figure>"
    told = "code" if len(code) <= MOST_BARS else f"code, the first {MOST_BARS} of {len(code):,} numbers"
    return f"<figure>{bars(code.tolist()[:MOST_BARS], reach)}<figcaption>{told}</figcaption></figure>"
