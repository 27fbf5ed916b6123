"""Home: what an autoencoder is, a first training, and a card for each other page."""

import streamlit as st

from aecore.config.recipes import RECIPES
from pages.parts.images.code_figure import code_figure
from pages.parts.runs.run_view import run_view
from pages.parts.runs.selection import selected_run
from pages.parts.shell import navigation, resources, text
from pages.parts.train import train_button

RECIPE = next(iter(RECIPES))
BUTTON = "home"

navigation.title(url_path="")
with st.container(key="columns-home"):
    left, right = st.columns([5, 6], gap="large", vertical_alignment="center")
with left:
    st.markdown(text.markdown("home.md"))
    train_button.button(BUTTON, RECIPES[RECIPE].config(), RECIPE, "Train your first autoencoder")
    st.caption(RECIPES[RECIPE].explanation)
with right:
    code_figure(next((entry.run for entry in resources.store().entries() if entry.run.read_only), None))
run = selected_run()
if run and run.id == train_button.last_run(BUTTON):
    run_view(run)
st.html('<div class="space"></div>')
navigation.cards()
