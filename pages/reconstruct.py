"""Reconstruct: test pictures over their reconstructions over the difference."""

from pages.parts import frame

frame.guard(__file__)

import streamlit as st  # noqa: E402

from aecore.downloads import DataUnavailable  # noqa: E402
from aecore.runs.run import Run, Unreadable  # noqa: E402
from pages.parts import lab, lessons, runs  # noqa: E402
from pages.parts.grid import Order, choose_pictures, grid, sheet_png  # noqa: E402


def body(run: Run) -> None:
    test = lab.data(run.config().dataset).test
    names = lab.data(run.config().dataset).class_names
    reconstructions, errors = lab.reconstructed_test(run)
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    classes = controls.pills(
        "Show", range(len(names)), format_func=lambda c: names[c], selection_mode="multi", key="classes",
        help="Only these digits; none chosen means all.",
    )  # fmt: skip
    order = controls.segmented_control("Order", list(Order), default=Order.RANDOM, format_func=str, key="order")
    count = controls.slider("How many", 12, 96, 24, 12, key="count", width=170)
    controls.button("Draw others", icon=":material/shuffle:", on_click=_reshuffle, disabled=order != Order.RANDOM)
    seed = st.session_state.get("shuffle", 0)
    chosen = choose_pictures(test.labels.tolist(), errors, classes, order or Order.RANDOM, count, seed)
    grid(test, reconstructions, errors, chosen, names)
    st.download_button(
        "Download as PNG",
        lambda: sheet_png(test, reconstructions, chosen),
        file_name=f"{run.id}-reconstructions.png",
        mime="image/png",
        icon=":material/download:",
        on_click="ignore",
    )


def _reshuffle() -> None:
    st.session_state["shuffle"] = st.session_state.get("shuffle", 0) + 1


frame.title(url_path="reconstruct")
run = runs.chosen()
if run is None:
    st.caption("Train a run first, or choose one in the sidebar.")
    st.stop()
try:
    body(run)
except Unreadable as error:
    if run.state().active:
        st.caption("This run has no weights yet. They appear within seconds of its first steps.")
        watch = {"label": "Watch it train", "icon": ":material/model_training:", "query_params": {"run": run.id}}
        st.page_link("pages/train.py", **watch)
    else:
        st.caption(f":material/info: {error}")
except DataUnavailable as error:
    st.caption(f":material/info: {error}")
lessons.lesson("reconstruct")
