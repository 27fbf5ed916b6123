"""What the Denoise page shows: which noise on which pictures, and a slider over its strength."""

from __future__ import annotations

import math

import streamlit as st
import torch
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.evaluation.denoising import Denoised, strength_levels, sweep_strengths
from aecore.evaluation.outliers import to_input_batch
from aecore.images import MNIST_STEPS, prepare, to_pixels
from aecore.objectives.corruptions import Corruption
from aecore.options.registry import options_by_kind
from aecore.runs.run import Run
from pages.parts.components.strength_slider import strength_slider
from pages.parts.images import uploads
from pages.parts.shell import resources

LEVELS = 41
SHOWN = 10
TEST, UPLOAD, DRAW = "Test set", "Upload", "Draw"
ICONS = {TEST: "grid_view", UPLOAD: "upload", DRAW: "draw"}


def noises() -> dict[str, type[Corruption]]:
    """The kinds of noise there are, but for none."""
    return {kind: option for kind, option in options_by_kind(Corruption).items() if not option.does_nothing}


def learned(config: RunConfig) -> Corruption | None:
    """The noise that a model has learned to remove; None of a plain autoencoder."""
    return None if config.corruption.does_nothing else config.corruption


def levels_of(noise: Corruption, usual: Corruption | None, count: int) -> list[float]:
    """Strengths to look at, the learned one among them if it is of this kind."""
    if usual is None or usual.kind != noise.kind:
        return strength_levels(noise, count)
    return sorted({*strength_levels(noise, count, usual.strength), usual.strength})


def choose_noise(config: RunConfig) -> tuple[Corruption, str]:
    """The noise that is looked at, with the strength at which the slider was let go; and on which pictures."""
    options, usual = noises(), learned(config)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    kind = row.segmented_control(
        "Noise", list(options), default=usual.kind if usual else next(iter(options)),
        key=f"noise-{usual and usual.kind}", persist_state="session",
        format_func=lambda k: options[k].title, required=True,
        help="  \n".join(f"**{o.title}**: {o.summary()}" for o in options.values()),
    )  # fmt: skip
    way_in = row.segmented_control(
        "Pictures", list(ICONS), default=TEST, key="noise-pictures", required=True, persist_state="session",
        format_func=lambda w: f":material/{ICONS[w]}: {w}",
    )  # fmt: skip
    if way_in == TEST:
        row.button("Draw others", icon=":material/shuffle:", on_click=_shuffle)
    noise = usual if usual and usual.kind == kind else options[kind].model_validate({})
    strength = st.session_state.get(_strength_key(noise), noise.strength)
    return noise.model_copy(update={"strength": strength, "min_strength": None}), way_in


def slider(run: Run, config: RunConfig, noise: Corruption, way_in: str) -> None:
    """Clean, noisy and restored pictures under a slider that follows the hand."""
    if way_in == TEST:
        _sweep(run, _test_pictures(config), noise, "test")
        return
    with st.container(key="rooms"):
        left, right = st.columns([3, 7], gap="large")
    with left:
        if way_in == DRAW:
            drawn = uploads.drawing("draw-noise")
            pictures = [drawn] if drawn is not None else []
        else:
            uploads.upload()
            every = [
                part
                for file in uploads.brought()
                for part in uploads.parts(file, config.dataset.preparation == MNIST_STEPS)
            ]
            pictures = every[:SHOWN]
            if len(every) > SHOWN:
                st.caption(f"The first {SHOWN} of {len(every)} are shown.")
    with right:
        if not pictures:
            st.caption("Draw a digit on the black field." if way_in == DRAW else "Bring a picture, on the left.")
            return
        shape, steps = config.dataset.input_shape, config.dataset.preparation
        inputs = to_input_batch([prepare(picture, shape, steps) for picture in pictures])
        _sweep(run, inputs, noise, way_in)


def _sweep(run: Run, images: Tensor, noise: Corruption, about: str) -> None:
    model, levels = resources.model(run), levels_of(noise, learned(run.config()), LEVELS)
    restored: list[Denoised] = sweep_strengths(model, images, noise, levels)
    start = min(range(len(levels)), key=lambda i: abs(levels[i] - noise.strength))
    key = f"strength-slider-{about}-{noise.kind}-{run.id}"
    strength_slider(to_pixels(images), restored, start, key, lambda: _keep(key, noise))


def _keep(key: str, noise: Corruption) -> None:
    """The hand let go of the slider: the page goes on with this strength."""
    given = st.session_state[key].get("strength")
    if isinstance(given, int | float) and 0 <= given < math.inf:
        st.session_state[_strength_key(noise)] = float(given)


def _strength_key(noise: Corruption) -> str:
    return f"strength-{noise.kind}"


def _test_pictures(config: RunConfig) -> Tensor:
    images = resources.data(config.dataset).test.images
    chosen = torch.randperm(len(images), generator=torch.Generator().manual_seed(st.session_state.get("noise-seed", 0)))
    return images[chosen[:SHOWN]]


def _shuffle() -> None:
    st.session_state["noise-seed"] = st.session_state.get("noise-seed", 0) + 1
