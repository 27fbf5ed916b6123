"""Compress: how few bytes a run's codes need, and what remains of the images, beside PCA and file formats."""

import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.runs.run import Run
from pages.parts.compress.comparison import comparison
from pages.parts.compress.open_file import open_file
from pages.parts.compress.save_file import save_file
from pages.parts.runs.run_view import run_view
from pages.parts.runs.selection import selected_run
from pages.parts.shell import errors, navigation, text


def body(run: Run, config: RunConfig) -> None:
    if run.state().active:
        st.caption("Once this model is trained, its codes are compressed, and the results appear here.")
        run_view(run)
        return
    comparison(run, config.dataset.unit)
    st.subheader("As a file", anchor=False)
    save_file(run, config)
    st.subheader("Open a file", anchor=False)
    open_file(run)
    st.caption(
        "Nothing is lost with bits-back coding: train the recipe *Lossless compression*, and "
        "`python -m aecore lossless measure` compresses the whole test set exactly, beside gzip and PNG."
    )


navigation.title(url_path="compress")
run = selected_run()
config = run.config() if run else None
if run and config:
    if config.has_images:
        with errors.run_errors(run):
            body(run, config)
    else:
        st.caption("This run uses vectors, and this page needs images. Select another run in the sidebar.")
if config is None or config.has_images:
    text.lesson("compress", config)
