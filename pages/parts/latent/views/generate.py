"""The samples view: images decoded from random codes, each with the training image that is most similar."""

from __future__ import annotations

import math

import streamlit as st
from torch import Tensor

from aecore.analysis.codebook import counts_by_position, entry_counts, sample_indices
from aecore.analysis.neighbors import nearest_images
from aecore.analysis.sampling import (
    GaussianMixture,
    fit_gaussian_mixture,
    prior_statistics,
    sample_gaussian,
    sample_prior,
)
from aecore.images import Pixels, to_pixels
from aecore.latent.codes import codebook_indices, codes_from_indices, decoder, has_gaussian_prior
from pages.parts.images.html import sheets
from pages.parts.latent.context import CodesKey, LatentContext
from pages.parts.latent.views.base import View
from pages.parts.shell import resources, session

SAMPLES, COMPONENTS = 12, 10
TOLERANCE = 0.5  # of the mean, and of the log of the standard deviation, for codes to count as close to N(0, 1)


def draw_samples(context: LatentContext) -> None:
    """New images from several distributions over codes."""
    row = st.container(horizontal=True)
    row.button("New samples", icon=":material/shuffle:", key="new-samples", on_click=_change_seed)
    sheets(_samples(context.key, session.SAMPLE_SEED.get(), context), SAMPLES)
    st.caption(f"{_caption(context)} The nearest training image is the one with the most similar pixels.")


def _caption(context: LatentContext) -> str:
    if context.space.config.bottleneck.discrete:
        return (
            "The entry at each position is drawn independently, but the entries of an image depend on each other, so "
            "samples seldom look realistic. Realistic samples need a learned prior over the whole grid."
        )
    if has_gaussian_prior(context.space.config):
        return "This model is trained so that codes from N(0, 1) decode to images like those it was trained on."
    return _without_prior(*prior_statistics(context.space.encoded.codes))


def _without_prior(mean: float, std: float) -> str:
    """What samples from N(0, 1) mean for a model that was trained without a prior, by the distribution of its codes."""
    untrained = "This model was not trained to match a Gaussian prior"
    if mean < TOLERANCE and abs(math.log(max(std, 1e-9))) < TOLERANCE:
        return f"{untrained}, but its codes are distributed approximately like N(0, 1)."
    return (
        f"{untrained}. Averaged over the latent dimensions, the mean of its codes is {mean:.2g} from zero and their "
        f"standard deviation is {std:.2g}, where N(0, 1) has 0 and 1: samples from N(0, 1) cover little of the region "
        "where the codes lie, or miss it. Gaussians fitted to the codes cover it."
    )


@st.cache_data(max_entries=32, show_spinner="Drawing samples and searching the training images …")
def _samples(key: CodesKey, seed: int, _context: LatentContext) -> list[tuple[str, Pixels]]:
    space = _context.space
    codes = resources.codes_at(_context.run, _context.step, space.model).flatten(1)
    samples = (_sample_entries if space.config.bottleneck.discrete else _sample_gaussians)(_context, codes, seed)
    decode, training = decoder(space.model), resources.data(space.config.dataset).training.images
    rows = []
    for name, z in samples.items():
        images = decode(z)
        rows += [
            (name, to_pixels(images)),
            ("nearest training image", to_pixels(training[nearest_images(training, images)])),
        ]
    return rows


def _sample_gaussians(context: LatentContext, codes: Tensor, seed: int) -> dict[str, Tensor]:
    normal = "prior, N(0, 1)" if has_gaussian_prior(context.space.config) else "N(0, 1)"
    return {
        normal: sample_prior(SAMPLES, codes.shape[1], seed),
        "one Gaussian, fitted": sample_gaussian(codes, SAMPLES, seed),
        f"{COMPONENTS} Gaussians, fitted": _mixture(context.key, codes).sample(SAMPLES, seed),
    }


@st.cache_resource(max_entries=8, show_spinner="Fitting Gaussians …")
def _mixture(key: CodesKey, _codes: Tensor) -> GaussianMixture:
    return fit_gaussian_mixture(_codes, COMPONENTS)


def _sample_entries(context: LatentContext, codes: Tensor, seed: int) -> dict[str, Tensor]:
    model = context.space.model
    indices, size = codebook_indices(model, codes), model.bottleneck.codebook_size
    assert indices is not None
    overall = entry_counts(indices, size).repeat(indices.shape[1], 1)
    samples = {
        "by overall frequency": sample_indices(overall, SAMPLES, seed),
        "by frequency at each position": sample_indices(counts_by_position(indices, size), SAMPLES, seed),
    }
    return {name: codes_from_indices(model, entries) for name, entries in samples.items()}


def _change_seed() -> None:
    session.SAMPLE_SEED.set(session.SAMPLE_SEED.get() + 1)


VIEW = View("Samples", draw_samples)
