"""What can be done with a latent space: its plane as a grid, its dimensions one by one, arithmetic, new pictures."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Tensor

from aecore.analysis.codebook import by_place, sample_places, use
from aecore.analysis.latent import (
    decode_plane,
    difference_of_means,
    quantiles,
    sample_like,
    sample_prior,
    traverse,
)  # fmt: skip
from aecore.analysis.neighbours import nearest
from aecore.analysis.projection import Projected
from aecore.config import RunConfig
from aecore.exploring import Explored, by_activity, choices, chosen_codes, decoder, is_prior_normal
from aecore.images import tile, to_pixels, to_png
from aecore.runs.run import Run
from pages.parts import lab
from pages.parts.code_views import replacements
from pages.parts.pictures import img, sheets

MOST_WALKS = 16
STEPS = 11
SAMPLES = 12


def grid(run: Run, config: RunConfig, explored: Explored, projected: Projected, pin: int) -> None:
    """Decoded pictures all over the map's plane."""
    if projected.axes is None or projected.points.shape[1] != 2:
        st.caption("The grid needs a map of two axes that lead back into latent space: PCA or code dimensions.")
        return
    count = st.slider("Pictures along each side", 5, 30, 15, key="grid-count", width=260)
    prior = is_prior_normal(config)
    middle, spread = projected.points.mean(dim=0), projected.points.std(dim=0)
    if prior:
        middle, spread = torch.zeros(2), torch.ones(2)
    across, down = (middle[i] + spread[i] * quantiles(count) for i in (0, 1))
    origin = projected.through(explored.codes[pin])
    if prior and explored.codes.shape[1] > 2:
        origin = projected.through(torch.zeros_like(origin))  # the middle of the prior
    pictures = decode_plane(decoder(lab.model(run)), origin, projected.axes, across, down.flip(0))
    sheet = tile(to_pixels(pictures.flatten(0, 1)), count)
    alt = f"{count} x {count} pictures decoded over the map's plane"
    st.html(f'<div style="max-width:44rem">{img(sheet, alt)}</div>')
    st.caption(
        f"Places at equal shares of {'the prior N(0, 1)' if prior else 'a normal distribution as wide as the codes'} "
        "along both axes, from low to high to the right and upward."
    )
    st.download_button(
        "Download as PNG", to_png(sheet, 2), f"{run.id}-manifold.png", "image/png", icon=":material/download:",
        on_click="ignore",
    )  # fmt: skip


def traversals(run: Run, config: RunConfig, explored: Explored, pin: int) -> None:
    """One dimension after the other, from -3 to +3 standard deviations around the pinned point."""
    if config.bottleneck.discrete:
        replacements(run, explored, pin)
        return
    codes = explored.codes
    spreads, order = codes.std(dim=0), by_activity(codes)[:MOST_WALKS]
    walks = traverse(codes[pin], spreads, order, STEPS)
    decode = decoder(lab.model(run))
    unused = lab.unused_dimensions(run)
    rows = []
    for dimension, walk in zip(order.tolist(), walks, strict=True):
        told = f"z{dimension + 1}, deviation {spreads[dimension]:.2g}"
        if dimension in unused:
            told += f" (collapsed: KL {unused[dimension]:.3f} nats)"
        rows.append((told, to_pixels(decode(walk))))
    sheets(rows, STEPS)
    st.caption(
        f"Each row moves one number of the pinned code from −3 to +3 standard deviations; the middle is the pinned "
        f"picture. The {len(rows)} of {codes.shape[1]:,} dimensions that vary most."
    )


def arithmetic(run: Run, config: RunConfig, explored: Explored, pin: int) -> None:
    """The pinned code plus the mean of one class minus that of another."""
    names = config.dataset.class_names
    if not names:
        st.caption("Arithmetic needs pictures with classes, and these have none.")
        return
    row = st.container(horizontal=True)
    there = sorted(set(explored.labels.tolist()))
    plus, minus = (
        row.selectbox(f"{sign} the mean of", there, min(at, len(there) - 1), format_func=names.__getitem__, width=170)
        for sign, at in (("Plus", 8), ("Minus", 3))
    )
    way = difference_of_means(explored.codes, explored.labels, plus, minus)
    shares = torch.linspace(0, 1, 9)[:, None]
    pictures = decoder(lab.model(run))(explored.codes[pin] + shares * way)
    sheets([("pinned + share × (plus − minus)", to_pixels(pictures))], 9)
    st.caption("From the pinned picture on the left, in equal steps, to the whole difference on the right.")


def generate(run: Run, config: RunConfig, explored: Explored) -> None:
    """New pictures from codes at random, each with the training picture whose code is nearest."""
    row = st.container(horizontal=True)
    row.button("Draw others", icon=":material/shuffle:", key="draw-samples", on_click=_draw)
    seed, codes = st.session_state.get("sample-seed", 0), lab.codes(run).flatten(1)
    decode, training = decoder(lab.model(run)), lab.data(config.dataset).training.images
    rows = []
    for name, z in (_entries if config.bottleneck.discrete else _gaussians)(run, codes, seed).items():
        found, _ = nearest(codes, z, 1)
        rows += [(name, to_pixels(decode(z))), ("nearest training picture", to_pixels(training[found[:, 0]]))]
    sheets(rows, SAMPLES)
    if config.bottleneck.discrete:
        told = (
            "Each place draws its entry alone, but the entries of a picture depend on each other, so these are seldom "
            "digits. A model of the grid as a whole, trained on the entries, would be needed."
        )
    elif is_prior_normal(config):
        told = "This model is trained so that codes from N(0, 1) decode to pictures like its own."
    else:
        told = (
            "Nothing told this model to keep its codes near N(0, 1), so samples from there are often no digits: its "
            "codes lie elsewhere. Gaussians fitted to its codes find them."
        )
    st.caption(told)


def _gaussians(run: Run, codes: Tensor, seed: int) -> dict[str, Tensor]:
    components = 10 if codes.shape[1] <= 128 else 1
    drawn = {
        "prior, N(0, 1)": sample_prior(SAMPLES, codes.shape[1], seed),
        "one Gaussian, fitted": sample_like(codes, SAMPLES, seed),
    }
    return drawn | {f"{n} Gaussians, fitted": sample_like(codes, SAMPLES, seed, n) for n in (components,) if n > 1}


def _entries(run: Run, codes: Tensor, seed: int) -> dict[str, Tensor]:
    model = lab.model(run)
    chosen, entries = choices(model, codes), model.bottleneck.entries
    assert chosen is not None
    drawn = {
        "as often as anywhere": sample_places(use(chosen, entries).repeat(chosen.shape[1], 1), SAMPLES, seed),
        "as often as at its place": sample_places(by_place(chosen, entries), SAMPLES, seed),
    }
    return {name: chosen_codes(model, places) for name, places in drawn.items()}


def _draw() -> None:
    st.session_state["sample-seed"] = st.session_state.get("sample-seed", 0) + 1
