"""Compare: two to four runs side by side, by their images, curves, settings and scores, and latent maps; sweeps."""

from collections.abc import Callable, Sequence

import streamlit as st

from aecore.runs.listing import Entry
from pages.parts.compare.choice import choose_runs
from pages.parts.compare.curves import curves
from pages.parts.compare.maps import maps
from pages.parts.compare.table import settings_and_scores
from pages.parts.compare.wall import wall
from pages.parts.shell import errors, navigation, session, text
from pages.parts.sweeps.section import sweeps

SECTIONS: dict[str, Callable[[Sequence[Entry]], None]] = {
    "Images": wall,
    "Curves": curves,
    "Latent maps": maps,
    "Scores": settings_and_scores,
}
SWEEPS = "Sweep a setting"  # it needs no chosen runs


def body() -> str:
    """Draw the page, and return the name of its lesson."""
    choice = st.container()
    section = st.segmented_control(
        "Compare", [*SECTIONS, SWEEPS], default="Images", key=session.COMPARE_SECTION.name, required=True,
        label_visibility="collapsed", bind="query-params", wrap=True,
    )  # fmt: skip
    if section == SWEEPS:
        with errors.error_boundary("This sweep"):
            sweeps()
        return "sweeps"
    with choice:
        entries = choose_runs()
        if len(entries) < 2:
            text.info("Choose at least two runs: this page compares them.")
    with errors.error_boundary("This comparison"):
        SECTIONS[section or "Images"](entries)
    return "compare"


navigation.title(url_path="compare")
text.lesson(body(), None)
