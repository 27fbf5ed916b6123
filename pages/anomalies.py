"""Anomalies: a model of one class of images, or of pictures of a visitor, and how it recognizes all others."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore.config.run_config import RunConfig
from aecore.runs.run import Run
from pages.parts.anomalies import own_pictures
from pages.parts.anomalies.comparison import comparison
from pages.parts.anomalies.controls import choose_score, training_control
from pages.parts.anomalies.counterpart import choose_counterpart, side_by_side
from pages.parts.anomalies.pictures import pictures
from pages.parts.anomalies.scored import compared, normal_classes
from pages.parts.anomalies.threshold import threshold
from pages.parts.runs.run_view import run_view
from pages.parts.runs.selection import selected_run
from pages.parts.shell import errors, navigation, resources, text


def body(run: Run, config: RunConfig, controls: DeltaGenerator) -> None:
    if run.state().active:
        controls.caption("Once this model is trained, all test images are scored, and the results appear here.")
        run_view(run)
        return
    methods = compared(run, config)
    if methods is None:
        return
    with controls:
        score = choose_score(list(methods))
        other = choose_counterpart(run, config)
    names = resources.data(config.dataset).class_names
    normal_names = [names[label] for label in normal_classes(config)]
    if other:
        side_by_side(run, other, score, methods[score], normal_names)
    else:
        threshold(run, score, methods[score], normal_names)
    st.subheader("All scores compared", anchor=False)
    comparison(methods, score, config.dataset.unit)
    st.subheader("What looks anomalous, and where", anchor=False)
    pictures(run, config, methods[score])


def one_class(run: Run | None, config: RunConfig | None) -> None:
    left, right = st.columns([7, 5], gap="large", vertical_alignment="top")
    with right:
        training_control(config)
    if run is None or config is None or not normal_classes(config):
        left.caption(
            "The selected run does not know what is normal: it was not trained on some classes of labeled images only. "
            "Train a model on a single one, which takes seconds, or open one of the *Examples* in the sidebar."
        )
        if config and not config.dataset.available():
            with left:
                text.info(config.dataset.unavailable_message())
    else:
        with errors.run_errors(run):
            body(run, config, left)
    text.lesson("anomalies" if config is None or config.dataset.shows_digits else "anomalies-pictures", None)


navigation.title(url_path="anomalies")
run = selected_run()
config = run.config() if run else None
if own_pictures.chosen(run, config):
    own_pictures.section(run, config)
else:
    one_class(run, config)
