"""Denoise: images with noise, restored by the model and by classical filters, and trainings with the chosen noise."""

import streamlit as st

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.objectives.corruptions import AdjustableCorruption
from aecore.runs.run import Run
from pages.parts.denoise.comparison import clean_baseline, clean_config, comparison
from pages.parts.denoise.controls import noise_controls, slider, trained_noise
from pages.parts.runs.run_view import run_view
from pages.parts.runs.selection import selected_run
from pages.parts.shell import errors, navigation, text
from pages.parts.train import train_button

RECIPE = "denoising"


def body(run: Run, config: RunConfig) -> None:
    noise, source = noise_controls(config)
    if run.state().active:
        with st.container():
            run_view(run)
        return
    st.empty()  # takes the place of the view of the training, which would stay until the comparison is made
    slider(run, config, noise, source)
    st.caption(f"{training_noise(config)} PSNR and SSIM against the clean image: noisy → restored.")
    with st.container(horizontal=True):
        train_buttons(run, config, noise)
    comparison(run, config, noise)


def train_buttons(run: Run, config: RunConfig, noise: AdjustableCorruption) -> None:
    if noise.strength:
        label = f"Train a denoiser: {noise.title}, strength {noise.strength:g}"
        train_button.button("denoiser", denoiser_config(config, noise), RECIPE, label)
    else:
        st.caption("Move the slider to the noise strength for the new denoiser.")
    baseline = clean_baseline(run, config)
    if baseline and baseline.state().active:
        st.caption("The baseline is training and will appear in the table.")
    elif trained_noise(config) and not baseline:
        train_button.button(
            "baseline", clean_config(config), RECIPE, "Train a plain model for comparison", primary=False
        )


def training_noise(config: RunConfig) -> str:
    """A sentence about the corruption that the model was trained with."""
    if config.corruption.does_nothing:
        return "This model was trained on clean images only."
    noise = trained_noise(config)
    if noise is None:
        return f"This model was trained to remove noise: {config.corruption.title}."
    strength = f"{noise.strength:g}"
    if noise.min_strength is not None:
        strength = f"{noise.min_strength:g} to {strength}"
    return f"This model was trained to remove noise: {noise.title}, strength {strength}."


def denoiser_config(config: RunConfig, noise: AdjustableCorruption) -> RunConfig:
    """The denoising recipe with this noise, on the data of the run."""
    return recipe(RECIPE).config(config.dataset).model_copy(update={"corruption": noise})


navigation.title(url_path="denoise")
run = selected_run()
if run is None:
    st.caption("Train a model first, or select a run in the sidebar.")
elif not run.config().has_images:
    st.caption("This run uses vectors, and this page needs images. Select another run in the sidebar.")
else:
    with errors.run_errors(run):
        body(run, run.config())
if run is None or run.config().has_images:
    text.lesson("denoise", run.config() if run else None)
