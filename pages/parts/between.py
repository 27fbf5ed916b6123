"""Between two codes: a line and an arc as film strips and as films, beside the cross-fade of the pixels."""

from __future__ import annotations

import random

import streamlit as st
import torch
from torch import Tensor

from aecore.analysis.latent import interpolate
from aecore.config import RunConfig
from aecore.exploring import Explored, decoder
from aecore.images import to_pixels
from aecore.runs.run import Run
from pages.parts import lab
from pages.parts.pictures import film, sheets

STRIP, FILM = 12, 32
_ENDS = "latent-ends"


def ends(count: int) -> tuple[int, int]:
    """The two points that are looked at."""
    a, b = st.session_state.get(_ENDS, (1, 2))
    return min(a, count - 1), min(b, count - 1)


def paths(explored: Explored) -> dict[str, Tensor]:
    """The ways from the one to the other through latent space, (FILM, D) each."""
    a, b = (explored.codes[i] for i in ends(len(explored)))
    return {"linear": interpolate(a, b, FILM), "spherical": interpolate(a, b, FILM, spherical=True)}


def between(run: Run, config: RunConfig, explored: Explored, pin: int) -> None:
    """Choose the two, and see every way between them."""
    a, b = ends(len(explored))
    row = st.container(horizontal=True)
    row.button("Pinned point as A", on_click=_set, args=((pin, b),))
    row.button("Pinned point as B", on_click=_set, args=((a, pin),))
    row.button("Random pair", icon=":material/shuffle:", on_click=_random, args=(len(explored),))
    decode = decoder(lab.model(run))
    frames = {name: to_pixels(decode(path)) for name, path in paths(explored).items()}
    pixels = interpolate(*(explored.images[i].flatten().float() for i in (a, b)), FILM)
    faded = pixels.reshape(FILM, *explored.images.shape[1:]).round().to(torch.uint8)
    frames["pixels, cross-faded"] = to_pixels(faded)
    chosen = torch.linspace(0, FILM - 1, STRIP).round().long().tolist()
    sheets([(name, pictures[chosen]) for name, pictures in frames.items()], STRIP)
    films = "".join(
        f"<figure style='margin:0'>{film(pictures, f'{name}: from A to B and back')}<figcaption class='sheet-label'>"
        f"{name}</figcaption></figure>"
        for name, pictures in frames.items()
    )
    st.html(f'<div class="sheets films">{films}</div>')
    st.caption(
        f"From test {config.dataset.unit} {a + 1} to {b + 1}. A line and an arc through latent space pass codes whose "
        "pictures are digits more or less; a cross-fade of the pixels only shows both at once."
    )


def _set(pair: tuple[int, int]) -> None:
    st.session_state[_ENDS] = pair


def _random(count: int) -> None:
    st.session_state[_ENDS] = tuple(random.sample(range(count), 2))
