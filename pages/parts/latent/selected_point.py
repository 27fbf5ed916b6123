"""The pinned point: its picture and copy, its code under sliders that decode live, and its neighbors."""

from __future__ import annotations

import random

import streamlit as st
import torch
from torch import Tensor

from aecore.analysis.neighbors import nearest
from aecore.images import to_pixels
from aecore.latent.codes import choices, decoder
from aecore.latent.space import LatentSpace
from aecore.runs.run import Run
from pages.parts.components.latent_sliders import latent_sliders
from pages.parts.images.html import code_bars, figure, img, numbers_grid
from pages.parts.latent.context import scene_of
from pages.parts.latent.map_choice import MapChoice
from pages.parts.shell import errors

_KEY = "pin"  # of the pinned point's number, from 1; also in the address
NEIGHBOURS = 8


def pinned_room(run: Run, choice: MapChoice, pin: int) -> None:
    """The pinned point in pictures, and what other codes near it decode to; a slider redraws nothing else."""
    errors.fragment("The pinned picture")(_pinned)(run, choice, pin)


def choose_pin(count: int, unit: str) -> int:
    """The pinned point's number, from 0: by a click on the map, by its number for who has no pointer, or any."""
    if (st.session_state.get(_KEY) or 1) > count:  # of a run with more points
        st.session_state[_KEY] = count
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(f"**Pinned: test {unit}**", width="content")
    number = row.number_input(
        f"Number of the pinned test {unit}", 1, count, key=_KEY, width=130, label_visibility="collapsed",
        bind="query-params",
    )  # fmt: skip
    row.button("Any", icon=":material/shuffle:", key="pin-any", on_click=lambda: pin(random.randrange(count), count))
    return int(number or 1) - 1


def pin(number: object, count: int) -> None:
    """Pin a point, if there is one of that number, from 0."""
    if isinstance(number, int) and 0 <= number < count:
        st.session_state[_KEY] = number + 1


def _pinned(run: Run, choice: MapChoice, pin: int) -> None:
    scene = scene_of(run, choice, pin)
    encoded, space = scene.encoded, scene.space
    codes, sliders, points = scene.codes, space.latent_sliders, scene.projected.points
    stage = st.container()
    name = f"{scene.key}-{pin}"
    notes = {i: f"collapsed: KL {kl:.3f} nats" for i, kl in space.unused.items()}
    moved = latent_sliders(
        "latent-sliders", name, sliders, codes[pin], notes, points[pin].tolist(), scene.projected.axes
    )
    code = sliders.turned(codes[pin], moved)
    decoded = decoder(scene.model)(code[None])
    found, _ = nearest(codes, code[None], NEIGHBOURS + 1)
    near = [i for i in found[0].tolist() if i != pin][:NEIGHBOURS]
    trio = to_pixels(torch.stack([encoded.images[pin], space.answers[pin], decoded[0]]))
    labels = ("original", "copy", "by sliders")
    figures = "".join(
        figure(img(picture, f"Pinned picture: {label}"), label) for label, picture in zip(labels, trio, strict=True)
    )
    told = [f"Neighbor {i}: test {scene.config.dataset.unit} {n + 1}" for i, n in enumerate(near, 1)]
    neighbors = "".join(img(p, alt) for alt, p in zip(told, to_pixels(encoded.images[near]), strict=True))
    near_by = figure(f'<div class="neighbors">{neighbors}</div>', "nearest codes")
    stage.html(
        f'<div class="inspection pinned"><div class="pinned-code"><div class="trio">{figures}</div>'
        f"{_code(space, code)}</div>"
        f"{near_by}</div>"
    )


def _code(space: LatentSpace, code: Tensor) -> str:
    """The code as bars, or as the grid of its codebook entries."""
    chosen = choices(space.model, code[None])
    if chosen is None:
        return code_bars(code.tolist(), space.reach, space.names, space.latent_sliders.order)
    rows, columns = space.model.latent_shape[1:]
    told = f"entries at {rows} × {columns} places"
    return figure(numbers_grid(chosen.reshape(rows, columns).tolist()), told)
