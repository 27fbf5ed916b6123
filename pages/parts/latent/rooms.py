"""What can be done with a latent space: its plane as a grid, its dimensions one by one, arithmetic, new pictures."""

from __future__ import annotations

import math

import streamlit as st
import torch
from torch import Tensor

from aecore.analysis.codebook import counts_by_position, entry_counts, sample_indices
from aecore.analysis.neighbors import nearest_images
from aecore.analysis.planes import decode_map, quantile_grid
from aecore.analysis.sampling import (
    GaussianMixture,
    fit_gaussian_mixture,
    prior_statistics,
    sample_gaussian,
    sample_prior,
)  # fmt: skip
from aecore.analysis.traversal import class_direction, traverse
from aecore.images import Pixels, tile, to_pixels, to_png
from aecore.latent.codes import codebook_indices, codes_from_indices, decoder, has_gaussian_prior
from pages.parts.images.html import img, sheets
from pages.parts.latent.codebook import replacements
from pages.parts.latent.context import Key, Scene
from pages.parts.shell import resources

MOST_WALKS = 16
STEPS, REACH = 11, 3.0  # of each walk, and how far it goes in standard deviations
SAMPLES, COMPONENTS = 12, 10
NEAR = 0.5  # deviations of the mean, and logarithms of the deviation, within which codes lie much like N(0, 1)


def grid(scene: Scene) -> None:
    """Decoded pictures all over the map's plane."""
    if scene.projected.axes is None or not scene.flat:
        st.caption("The grid needs a map of two axes that lead back into latent space: PCA or code dimensions.")
        return
    count = st.slider("Pictures along each side", 5, 30, 15, key="grid-count", width=260, persist_state="session")
    prior, size = has_gaussian_prior(scene.config), scene.codes.shape[1]
    across, down = quantile_grid(scene.projected, count, prior)
    if size == 1:
        down = down[:1]  # the second axis of such a map means nothing
    through = torch.zeros_like(scene.code) if prior else scene.code
    pictures = decode_map(decoder(scene.model), scene.projected, scene.codes, through, across, down)
    sheet = tile(to_pixels(pictures.flatten(0, 1)), count)
    st.html(
        f'<div style="max-width:44rem">{img(sheet, f"{len(pictures)} x {count} pictures decoded over the map")}</div>'
    )
    where = f"On the plane through {'the middle of the prior' if prior else 'the pinned code'}: places" * (size > 2)
    shares = "the prior N(0, 1)" if prior else "a normal distribution as wide as the codes"
    ways = "both axes, from low to high to the right and upward" if size > 1 else "the axis, from low to high"
    st.caption(f"{where or 'Places'} at equal shares of {shares} along {ways}.")
    st.download_button(
        "Download as PNG", to_png(sheet, 2), f"{scene.run.id}-manifold.png", "image/png", icon=":material/download:",
        on_click="ignore",
    )  # fmt: skip


def traversals(scene: Scene) -> None:
    """One dimension after the other, from -3 to +3 standard deviations around the pinned point."""
    if scene.discrete:
        replacements(scene)
        return
    codes, unused = scene.codes, scene.space.collapsed_dimensions
    order = list(scene.space.latent_sliders.order)
    shown = order[:MOST_WALKS] + [dimension for dimension in order[MOST_WALKS:] if dimension in unused][:MOST_WALKS]
    spreads = codes.std(dim=0, correction=0)
    told = {i: f"{scene.space.dimension_names[i]}, deviation {spreads[i]:.2g}" for i in shown}
    for dimension in unused:  # its own deviation is next to nothing: as far as the prior goes, nothing changes either
        spreads[dimension] = 1.0
        told[dimension] = f"{scene.space.dimension_names[dimension]}, collapsed: KL {unused[dimension]:.3f} nats"
    walks = traverse(scene.code, spreads, torch.tensor(shown), STEPS, REACH)
    decode = decoder(scene.model)
    heads = [f"{share:+.1f}".replace("-", "−") for share in torch.linspace(-REACH, REACH, STEPS).tolist()]
    heads[STEPS // 2] = "pinned"
    sheets([(told[i], to_pixels(decode(walk))) for i, walk in zip(shown, walks, strict=True)], STEPS, heads)
    size = codes.shape[1]
    which = "What varies most is first."
    if size > len(shown):
        which = f"Here are the {min(size, MOST_WALKS)} of {size:,} that vary most" + (
            f", and {len(shown) - MOST_WALKS} of the collapsed ones." if len(shown) > MOST_WALKS else "."
        )
    collapsed = (
        " Collapsed ones, last, tell nothing of a picture: they go as far as the prior does, by ±3." if unused else ""
    )
    st.caption(
        "Each row moves one number of the pinned code from −3 to +3 standard deviations; the middle is the pinned "
        f"picture. {which}{collapsed}"
    )


def arithmetic(scene: Scene) -> None:
    """The pinned code plus the mean of one class minus that of another."""
    names = scene.names
    if not names:
        st.caption("Arithmetic needs pictures with classes, and these have none.")
        return
    there = sorted(set(scene.encoded.labels.tolist()))
    columns = st.columns(2)
    plus, minus = (
        columns[i].multiselect(
            f"{sign} the mean of",
            there,
            [there[min(at, len(there) - 1)]],
            format_func=names.__getitem__,
            key=f"{sign}-{'-'.join(map(str, there))}",
            persist_state="session",
        )
        for i, (sign, at) in enumerate((("Plus", 8), ("Minus", 3)))
    )
    if not plus or not minus:
        st.caption("Choose at least one class to add, and one to take away.")
        return
    way = class_direction(scene.codes, scene.encoded.labels, plus, minus)
    pictures = decoder(scene.model)(scene.code + torch.linspace(0, 1, 9)[:, None] * way)
    sheets([("pinned + share × (plus − minus)", to_pixels(pictures))], 9)
    st.caption("From the pinned picture on the left, in equal steps, to the whole difference on the right.")


def generate(scene: Scene) -> None:
    """New pictures from codes at random, each with the training picture that is most like it."""
    row = st.container(horizontal=True)
    row.button("Draw others", icon=":material/shuffle:", key="draw-samples", on_click=_draw)
    sheets(_samples(scene.key, st.session_state.get("sample-seed", 0), scene), SAMPLES)
    if scene.discrete:
        told = (
            "Each place draws its entry alone, but the entries of a picture depend on each other, so these seldom "
            "look like one. A model of the grid as a whole, trained on the entries, would be needed."
        )
    elif has_gaussian_prior(scene.config):
        told = "This model is trained so that codes from N(0, 1) decode to pictures like its own."
    else:
        told = _unled(*prior_statistics(scene.codes))
    st.caption(f"{told} Nearest: by their pixels, among all training pictures.")


def _unled(away: float, deviation: float) -> str:
    """What draws from N(0, 1) mean to a model that knows nothing of it, by how its codes lie."""
    told = "Nothing told this model to keep its codes near N(0, 1)"
    if away < NEAR and abs(math.log(max(deviation, 1e-9))) < NEAR:
        return f"{told}, but they happen to lie much like it."
    return (
        f"{told}. On average over their numbers, their means lie {away:.2g} from zero and they deviate by "
        f"{deviation:.2g}, where N(0, 1) has 0 and 1: draws from it cover little of where the codes lie, or miss it. "
        "Gaussians fitted to the codes cover it."
    )


@st.cache_data(max_entries=32, show_spinner="Drawing codes, and looking through the training pictures …")
def _samples(key: Key, seed: int, _scene: Scene) -> list[tuple[str, Pixels]]:
    codes = resources.codes_at(_scene.run, _scene.step, _scene.model).flatten(1)
    drawn = (_entries if _scene.discrete else _gaussians)(_scene, codes, seed)
    decode, training = decoder(_scene.model), resources.data(_scene.config.dataset).training.images
    rows = []
    for name, z in drawn.items():
        pictures = decode(z)
        nearest = training[nearest_images(training, pictures)]
        rows += [(name, to_pixels(pictures)), ("nearest training picture", to_pixels(nearest))]
    return rows


def _gaussians(scene: Scene, codes: Tensor, seed: int) -> dict[str, Tensor]:
    return {
        "prior, N(0, 1)" if has_gaussian_prior(scene.config) else "N(0, 1)": sample_prior(
            SAMPLES, codes.shape[1], seed
        ),
        "one Gaussian, fitted": sample_gaussian(codes, SAMPLES, seed),
        f"{COMPONENTS} Gaussians, fitted": _mixture(scene.key, codes).sample(SAMPLES, seed),
    }


@st.cache_resource(max_entries=8, show_spinner="Fitting Gaussians …")
def _mixture(key: Key, _codes: Tensor) -> GaussianMixture:
    return fit_gaussian_mixture(_codes, COMPONENTS)


def _entries(scene: Scene, codes: Tensor, seed: int) -> dict[str, Tensor]:
    model = scene.model
    chosen, entries = codebook_indices(model, codes), model.bottleneck.codebook_size
    assert chosen is not None
    drawn = {
        "as often as anywhere": sample_indices(entry_counts(chosen, entries).repeat(chosen.shape[1], 1), SAMPLES, seed),
        "as often as at its place": sample_indices(counts_by_position(chosen, entries), SAMPLES, seed),
    }
    return {name: codes_from_indices(model, places) for name, places in drawn.items()}


def _draw() -> None:
    st.session_state["sample-seed"] = st.session_state.get("sample-seed", 0) + 1
