"""The controls of the Denoise page: the noise, the source of the images, and a slider over the noise strength."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.evaluation.denoising import strength_levels, sweep_strengths
from aecore.evaluation.outliers import to_input_batch
from aecore.images import ImageArray, prepare, to_pixels
from aecore.objectives.corruptions import AdjustableCorruption
from aecore.options.registry import options_by_kind
from aecore.runs.run import Run
from pages.parts.components.strength_slider import slider_data, strength_slider
from pages.parts.images import uploads
from pages.parts.images.shuffle import sample_seed, shuffle_button
from pages.parts.images.uploads import DRAW, PHOTO, TEST_SET, UPLOAD
from pages.parts.shell import resources, session

LEVELS = 41
MAX_IMAGES = 10
PROMPTS = {
    UPLOAD: "Upload a picture on the left.",
    PHOTO: "Take a photo on the left.",
    DRAW: "Draw on the black canvas.",
}


def noise_options() -> dict[str, type[AdjustableCorruption]]:
    """The corruptions that have a strength, by kind."""
    return options_by_kind(AdjustableCorruption)


def trained_noise(config: RunConfig) -> AdjustableCorruption | None:
    """The noise that the model was trained to remove; None if there was none, or it has no strength."""
    return config.corruption if isinstance(config.corruption, AdjustableCorruption) else None


def levels_with_trained(noise: AdjustableCorruption, trained: AdjustableCorruption | None, count: int) -> list[float]:
    """About `count` rising strengths from 0; they include the trained one if it is of the same kind."""
    if trained is None or trained.kind != noise.kind:
        return strength_levels(noise, count)
    return sorted({*strength_levels(noise, count, trained.strength), trained.strength})


def noise_controls(config: RunConfig) -> tuple[AdjustableCorruption, str]:
    """Draw the choices of noise and images; return the noise with the strength last set, and the image source."""
    options, trained = noise_options(), trained_noise(config)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    kind = row.segmented_control(
        "Noise", list(options), default=trained.kind if trained else next(iter(options)),
        key=f"noise-{trained and trained.kind}", persist_state="session",
        format_func=lambda k: options[k].title, required=True, wrap=True,
        help="  \n".join(f"**{o.title}**: {o.summary()}" for o in options.values()),
    )  # fmt: skip
    source = uploads.source_control(row, (TEST_SET, UPLOAD, PHOTO, DRAW), "noise-image-source")
    if source == TEST_SET:
        shuffle_button(row, "denoise")
    noise = trained if trained and trained.kind == kind else options[kind].model_validate({})
    chosen = session.noise_strength(noise.kind)
    strength = chosen.get() if chosen.exists() else noise.strength
    return noise.model_copy(update={"strength": strength, "min_strength": None}), source


def slider(run: Run, config: RunConfig, noise: AdjustableCorruption, source: str) -> None:
    """Draw clean, noisy and restored images under a slider that runs in the browser."""
    if source == TEST_SET:
        _strength_slider(run, _test_images(config), noise, "test")
        return
    with st.container(key="columns"):
        left, right = st.columns([3, 7], gap="large")
    with left:
        images = _own_images(config, source)
    with right:
        if not images:
            st.caption(PROMPTS[source])
            return
        shape, steps = config.dataset.input_shape, config.dataset.preparation
        inputs = to_input_batch([prepare(image, shape, steps) for image in images])
        _strength_slider(run, inputs, noise, source)


def _own_images(config: RunConfig, source: str) -> list[ImageArray]:
    """Draw the canvas, the camera or the uploader, and return the first images."""
    images = uploads.own_images(config.dataset, source, "draw-noise")
    if len(images) > MAX_IMAGES:
        st.caption(f"Showing the first {MAX_IMAGES} of {len(images)} images.")
    return images[:MAX_IMAGES]


def _strength_slider(run: Run, images: Tensor, noise: AdjustableCorruption, source: str) -> None:
    levels = levels_with_trained(noise, trained_noise(run.config()), LEVELS)
    start = min(range(len(levels)), key=lambda i: abs(levels[i] - noise.strength))
    key = f"strength-slider-{source}-{noise.kind}-{run.id}"
    images_hash = hashlib.sha1(images.numpy().tobytes()).hexdigest()
    swept = _swept(run.id, run.model_step(), noise.kind, images_hash, run, images, noise, levels)
    strength_slider(swept, start, key, lambda: _store_strength(key, noise))


@st.cache_data(max_entries=64, show_spinner=False)
def _swept(
    run_id: str,
    step: int | None,
    kind: str,
    images_hash: str,
    _run: Run,
    _images: Tensor,
    _noise: AdjustableCorruption,
    _levels: list[float],
) -> dict[str, Any]:
    """What the slider shows; a visitor who comes back to the page gets it without the half second that it takes."""
    return slider_data(to_pixels(_images), sweep_strengths(resources.model(_run), _images, _noise, _levels))


def _store_strength(key: str, noise: AdjustableCorruption) -> None:
    """Use the strength at which the slider was released for the rest of the page."""
    strength = st.session_state[key].get("strength")  # sent by a client: it can be anything
    if isinstance(strength, int | float) and 0 <= strength < math.inf:
        session.noise_strength(noise.kind).set(float(strength))


def _test_images(config: RunConfig) -> Tensor:
    images = resources.data(config.dataset).test.images
    generator = torch.Generator().manual_seed(sample_seed("denoise"))
    return images[torch.randperm(len(images), generator=generator)[:MAX_IMAGES]]
