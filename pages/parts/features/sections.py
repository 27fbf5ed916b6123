"""The registry of the sections of the Features page, and the control that selects one."""

from __future__ import annotations

import streamlit as st

from aecore.config.run_config import RunConfig
from pages.parts.features import clusters, disentanglement, few_labels, nearest_neighbors
from pages.parts.features.section import Section
from pages.parts.shell import session

SECTIONS: tuple[Section, ...] = (
    few_labels.SECTION,
    clusters.SECTION,
    nearest_neighbors.SECTION,
    disentanglement.SECTION,
)


def choose_section(config: RunConfig) -> Section:
    """The selected section; the first one if the run's dataset does not have the one selected before."""
    sections = {section.title: section for section in SECTIONS if section.available(config)}
    first, *others = sections
    if not others:
        return sections[first]
    session.FEATURES_SECTION.correct(sections.__contains__, first)
    title = st.segmented_control(
        "Features", list(sections), default=first, key=session.FEATURES_SECTION.name, required=True,
        label_visibility="collapsed", bind="query-params", wrap=True,
    )  # fmt: skip
    return sections[title or first]  # an address may name nothing
