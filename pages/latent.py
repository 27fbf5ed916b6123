"""Latent space: a map of the codes of the test images, and views of what lies between them."""

from functools import partial

import streamlit as st

from aecore.runs.run import Run
from pages.parts.latent.context import load_context, load_space, show_newest_step, shown_step
from pages.parts.latent.map import draw_chart, draw_hover_preview
from pages.parts.latent.map_choice import MapChoice, choose_map, request_map
from pages.parts.latent.map_colors import choose_colors
from pages.parts.latent.selected_point import choose_point, draw_selected_point, select_point
from pages.parts.latent.views import choose_view
from pages.parts.latent.views.selection import select_on_map
from pages.parts.runs.selection import selected_run
from pages.parts.shell import errors, navigation, session, text


def body(run: Run) -> None:
    step = shown_step(run)
    space = load_space(run, step)
    with st.container():  # however many elements it holds, the map below keeps its place, and its widgets their state
        choice = choose_map(run, step, space)
        choice = choice._replace(colors=choose_colors(run, step, bool(space.encoded.class_names)))
        request_map(run, space, choice)
    map_and_views(run, choice, len(space.encoded))


@errors.fragment("The map")
def map_and_views(run: Run, choice: MapChoice, count: int) -> None:
    """The map with its hover preview and the selected point, and one of the views."""
    if choice.axes == 3 and session.NO_WEBGL.get():
        st.rerun()  # the browser has just said so: choose another map
    with st.container():
        offer_newest_step(run, choice.step)
    with st.container(key="map-row"):
        left, right = st.columns([8, 5], gap="medium")
        chart, views = left.container(key="map-chart"), left.container(key="map-view")
        preview, point = right.container(key="map-preview"), right.container(key="map-point")
    with point:
        selected = choose_point(count, run.config().dataset.unit)
    context = load_context(run, choice, selected)
    with views:
        view = choose_view(context)
    with chart:
        draw_chart(context)
    with preview:
        on_selection = partial(select_on_map, context.key)
        draw_hover_preview(context, view.marks(context), partial(select_point, count), on_selection)
    if view.replaces_map:
        # CSS hides the chart: if it were not drawn, it would lose its camera, its hidden classes and its selection.
        with views.container(key="map-replacement"):
            view.replaces_map(context)
    with point:
        draw_selected_point(run, choice, selected)
    with views:
        view.draw(context)


def offer_newest_step(run: Run, step: int | None) -> None:
    """A button that shows the newest model; until it is pressed, the page stays as it is while the run trains."""
    newest = run.model_step()
    if newest is None or newest == step:
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption(f"Showing the codes at step {step or 0:,}. Training has continued since then.")
    if row.button(f"Show step {newest:,}", icon=":material/update:"):
        show_newest_step()
        st.rerun()


if navigation.title(url_path="latent"):
    show_newest_step()
run = selected_run()
if run is None:
    st.caption("Train a model first, or select a run in the sidebar.")
elif not run.config().has_images:
    st.caption("This run uses vectors, and the map shows images. Select another run in the sidebar.")
else:
    with errors.run_errors(run):
        body(run)
if run is None or run.config().has_images:
    text.lesson("latent", run.config() if run else None)
