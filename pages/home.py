"""Home: what an autoencoder is, a first training right here, and the way to each page."""

from pages.parts.shell import frame

frame.guard(__file__)

import streamlit as st  # noqa: E402

from aecore.config.recipes import RECIPES  # noqa: E402
from pages.parts.images.code_figure import hourglass  # noqa: E402
from pages.parts.runs import picker  # noqa: E402
from pages.parts.runs.run_view import stage  # noqa: E402
from pages.parts.shell import resources  # noqa: E402
from pages.parts.train import train_button  # noqa: E402

RECIPE = next(iter(RECIPES))
STARTED = "first_training"

frame.title(url_path="")
with st.container(key="rooms-home"):
    words, picture = st.columns([5, 6], gap="large", vertical_alignment="center")
with words:
    st.markdown(frame.text("home.md"))
    train_button.button(lambda: (RECIPES[RECIPE].config(), RECIPE), "Train your first autoencoder", remember=STARTED)
    st.caption(RECIPES[RECIPE].explanation)
with picture:
    hourglass(next((run for run in resources.store().runs() if run.read_only), None))
run = picker.chosen()
if run and run.id == st.session_state.get(STARTED):
    stage(run)
st.html('<div class="space"></div>')
frame.cards(query_params={"run": run.id} if run else None)
