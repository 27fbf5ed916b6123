"""Home: what an autoencoder is, a first training, and a card for each page."""

import streamlit as st

from aecore.config.recipes import RECIPES
from pages.parts.images.code_figure import code_figure
from pages.parts.runs import picker
from pages.parts.runs.run_view import stage
from pages.parts.shell import navigation, resources, text
from pages.parts.train import train_button

RECIPE = next(iter(RECIPES))
STARTED = "first_training"

navigation.title(url_path="")
with st.container(key="columns-home"):
    left, right = st.columns([5, 6], gap="large", vertical_alignment="center")
with left:
    st.markdown(text.markdown("home.md"))
    train_button.button(lambda: (RECIPES[RECIPE].config(), RECIPE), "Train your first autoencoder", remember=STARTED)
    st.caption(RECIPES[RECIPE].explanation)
with right:
    code_figure(next((run for run in resources.store().runs() if run.read_only), None))
run = picker.chosen()
if run and run.id == st.session_state.get(STARTED):
    stage(run)
st.html('<div class="space"></div>')
navigation.cards(query_params={"run": run.id} if run else None)
