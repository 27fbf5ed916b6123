"""Reconstruct: test pictures over their reconstructions over the difference."""

from pages.parts import frame

frame.guard(__file__)

import streamlit as st  # noqa: E402

from aecore.downloads import DataUnavailable  # noqa: E402
from aecore.runs.run import Run, Unreadable  # noqa: E402
from pages.parts import lab, lessons, runs  # noqa: E402
from pages.parts.grid import Order, choose_pictures, grid, sheet_png  # noqa: E402
from pages.parts.uses import uses  # noqa: E402


def body(run: Run) -> None:
    config = run.config()
    data = lab.data(config.dataset)
    names, labels = data.class_names, data.test.labels.tolist()
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    classes = names and controls.pills(
        "Show", range(len(names)), format_func=lambda c: names[c], selection_mode="multi", key="classes",
        help="Only these digits; none chosen means all.",
    )  # fmt: skip
    order = controls.segmented_control("Order", list(Order), default=Order.RANDOM, format_func=str, key="order")
    count = controls.slider("How many", 12, 96, 24, 12, key="count", width=170)
    controls.button("Draw others", icon=":material/shuffle:", on_click=_reshuffle, disabled=order != Order.RANDOM)
    noisy = not config.corruption.does_nothing and controls.toggle(
        "With noise", True, key="noisy", help="The noise it has learned to remove."
    )
    shown = lab.reconstructed_test(run, noisy)
    seed = st.session_state.get("shuffle", 0)
    chosen = choose_pictures(labels, shown.errors.tolist(), classes, order or Order.RANDOM, count, seed)
    grid(shown, labels, chosen, names)
    st.download_button(
        "Download as PNG",
        lambda: sheet_png(shown, chosen),
        file_name=f"{run.id}-reconstructions.png",
        mime="image/png",
        icon=":material/download:",
        on_click="ignore",
    )
    if not config.pictures:
        uses(run, config, data.test.images)


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
if run.config().pictures:
    lessons.lesson("reconstruct")
