"""Features: how much the code of a run knows of classes, although no label was used to train it."""

import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.evaluation.features.few_labels import missing_classes
from aecore.runs.run import Run
from pages.parts.features.few_labels import few_labels
from pages.parts.runs.run_view import run_view
from pages.parts.runs.selection import selected_run
from pages.parts.shell import errors, navigation, resources, text


def body(run: Run, config: RunConfig) -> None:
    if run.state().active:
        st.caption("Once this model is trained, its codes are classified, and the results appear here.")
        run_view(run)
        return
    data = resources.data(config.dataset)
    if problem := missing_classes(data):
        text.info(f"{problem} Select a run on images of several classes in the sidebar.")
        return
    few_labels(run, data, config.dataset.unit)


navigation.title(url_path="features")
run = selected_run()
config = run.config() if run else None
if run and config:
    with errors.run_errors(run):
        body(run, config)
text.lesson("features" if config is None or config.dataset.shows_digits else "features-pictures", None)
