"""Denoise: noise is added and taken away again; what else could take it away, and how well."""

import streamlit as st

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.objectives.corruptions import Corruption
from aecore.runs.run import Run
from pages.parts.denoise.comparison import comparison, plain_config, plain_twin
from pages.parts.denoise.controls import choose_noise, learned, slider
from pages.parts.runs.run_view import run_view
from pages.parts.runs.selection import selected_run
from pages.parts.shell import errors, navigation, text
from pages.parts.train import train_button

RECIPE = "denoising"


def body(run: Run, config: RunConfig) -> None:
    noise, way_in = choose_noise(config)
    if run.state().active:
        run_view(run)
        return
    slider(run, config, noise, way_in)
    st.caption(
        f"{told(config)} PSNR and SSIM compare with the clean picture: before the arrow noisy, after it restored."
    )
    with st.container(horizontal=True):
        if noise.strength:
            title = f"Train a denoiser: {noise.title}, {noise.strength:g}"
            train_button.button("denoiser", denoiser(config, noise), RECIPE, title)
        else:
            st.caption("Move the slider to the strength that a new denoiser shall learn.")
        twin = plain_twin(run, config)
        if twin and twin.state().active:
            st.caption("The plain one is in training. Come back when it is done, and the table takes it up.")
        elif learned(config) and not twin:
            plain = plain_config(config)
            train_button.button("baseline", plain, RECIPE, "Train the plain one to compare", primary=False)
    errors.fragment("The comparison")(comparison)(run, config, noise)


def told(config: RunConfig) -> str:
    noise = learned(config)
    if noise is None:
        return "This model has learned from clean pictures only."
    least = getattr(noise, "min_strength", None)
    strength = f"{noise.strength:g}" if least is None else f"{least:g} to {noise.strength:g}"
    return f"This model has learned to remove noise of this kind: {noise.title}, strength {strength}."


def denoiser(config: RunConfig, noise: Corruption) -> RunConfig:
    """The recipe's settings for this noise, on the data that is looked at."""
    return recipe(RECIPE).config(config.dataset).model_copy(update={"corruption": noise})


navigation.title(url_path="denoise")
run = selected_run()
if run is None:
    st.caption("Train a run first, or choose one in the sidebar.")
elif not run.config().has_images:
    st.caption(
        "This run learns from plain vectors, and noise is looked at on pictures. Choose another run in the sidebar."
    )
else:
    with errors.run_errors(run):
        body(run, run.config())
text.lesson("denoise")
