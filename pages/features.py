"""Features: how much the code of a run knows of classes, although no label was used to train it."""

import streamlit as st

from pages.parts.features.sections import SECTIONS, choose_section
from pages.parts.runs.run_view import run_view
from pages.parts.runs.selection import selected_run
from pages.parts.shell import errors, navigation, text

navigation.title(url_path="features")
run = selected_run()
config = run.config() if run else None
section = SECTIONS[0]
if run and config:
    with errors.run_errors(run):
        if run.state().active:
            st.caption("Once this model is trained, its codes are measured, and the results appear here.")
            run_view(run)
        else:
            section = choose_section(config)
            section.draw(run, config)
text.lesson(section.lesson, config)
