"""The selected point: its image and reconstruction, its code under sliders that decode live, and its neighbors."""

from __future__ import annotations

import random

import streamlit as st
import torch
from torch import Tensor

from aecore.analysis.neighbors import nearest
from aecore.images import to_pixels
from aecore.latent.codes import codebook_indices, decoder
from aecore.latent.space import LatentSpace
from aecore.runs.run import Run
from pages.parts.components.latent_sliders import latent_sliders
from pages.parts.images.html import code_bars, figure, img, numbers_grid
from pages.parts.latent.context import load_context
from pages.parts.latent.map_choice import MapChoice
from pages.parts.shell import errors, session

NEIGHBORS = 8


def choose_point(count: int, unit: str) -> int:
    """The index of the selected point: by a click on the map, by its number, or at random."""
    session.SELECTED_POINT.correct(lambda number: (number or 1) <= count, count)
    row = st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
    row.markdown(f":small[**Selected {unit}**]", width="content")
    number = row.number_input(
        f"Number of the selected test {unit}", 1, count, key=session.SELECTED_POINT.name, width=130,
        label_visibility="collapsed", bind="query-params",
    )  # fmt: skip
    row.button("Random", icon=":material/shuffle:", key="random-point", on_click=_select_random, args=(count,))
    return int(number or 1) - 1


def select_point(count: int, index: int) -> None:
    """Select one of `count` points; an index beyond them changes nothing."""
    if 0 <= index < count:
        session.SELECTED_POINT.set(index + 1)


def _select_random(count: int) -> None:
    select_point(count, random.randrange(count))


@errors.fragment("The selected point")
def draw_selected_point(run: Run, choice: MapChoice, selected: int) -> None:
    """The selected point in images, and the decoded code of its sliders; a moved slider reruns nothing else."""
    context = load_context(run, choice, selected)
    encoded, space, projected = context.space.encoded, context.space, context.projected
    codes, sliders, code = encoded.codes, space.latent_sliders, context.selected_code
    above_sliders = st.container()
    notes = {i: f"collapsed: KL {kl:.3f} nats" for i, kl in space.collapsed_dimensions.items()}
    position = projected.points[context.selected].tolist()
    code_id = f"{context.key}-{context.selected}"
    moved = latent_sliders("latent-sliders", code_id, sliders, code, notes, position, projected.axes)
    moved_code = sliders.moved(code, moved)
    decoded = decoder(space.model)(moved_code[None])
    found, _ = nearest(codes, moved_code[None], NEIGHBORS + 1)
    neighbors = [i for i in found[0].tolist() if i != context.selected][:NEIGHBORS]
    images = torch.stack([encoded.images[context.selected], space.reconstructions[context.selected], decoded[0]])
    above_sliders.html(
        f'<div class="inspection selected-point"><div class="selected-code"><div class="trio">{_figures(images)}</div>'
        f"{_code_figure(space, moved_code)}</div>"
        f"{_neighbors_figure(encoded.images[neighbors], neighbors, space.config.dataset.unit)}</div>"
    )


def _figures(images: Tensor) -> str:
    labels = ("original", "reconstruction", "from sliders")
    return "".join(
        figure(img(image, f"Selected image: {label}"), label)
        for label, image in zip(labels, to_pixels(images), strict=True)
    )


def _neighbors_figure(images: Tensor, indices: list[int], unit: str) -> str:
    alts = [f"Neighbor {i}: test {unit} {index + 1}" for i, index in enumerate(indices, 1)]
    shown = "".join(img(image, alt) for alt, image in zip(alts, to_pixels(images), strict=True))
    return figure(f'<div class="neighbors">{shown}</div>', "nearest codes")


def _code_figure(space: LatentSpace, code: Tensor) -> str:
    """The code as bars, or as the grid of its codebook entries."""
    indices = codebook_indices(space.model, code[None])
    if indices is None:
        return code_bars(code.tolist(), space.max_abs, space.dimension_names, space.latent_sliders.order)
    rows, columns = space.model.latent_shape[1:]
    return figure(numbers_grid(indices.reshape(rows, columns).tolist()), f"entries at {rows} × {columns} positions")
