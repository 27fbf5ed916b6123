"""Latent space: where the codes of the test pictures lie, and what lies between them."""

from functools import partial

import streamlit as st

from aecore.runs.run import Run
from pages.parts.components.hover_preview import Mark
from pages.parts.latent import interpolation, map, map_choice, selected_point, selection, views
from pages.parts.latent.context import Key, Scene, forget_step, scene_of, space_of, step_looked_at
from pages.parts.latent.history import learned
from pages.parts.latent.map_choice import MapChoice
from pages.parts.latent.own_image import own_picture
from pages.parts.runs import picker
from pages.parts.shell import errors, navigation, text


def body(run: Run) -> None:
    step = step_looked_at(run)
    space = space_of(run, step)
    with st.container():  # however much stands in it, what follows keeps its place, and with it what sliders hold
        choice = map_choice.choose_map(run, step, space)
        map_choice.wait_for(run, space, choice)
    errors.fragment("The map")(rooms)(run, choice, len(space.encoded))


def offer_newer(run: Run, step: int | None) -> None:
    """While a run trains, what is looked at stays as it is until a person wants to go on."""
    newest = run.model_step()
    if newest is None or newest == step:
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption(f"These are the codes at step {step or 0:,}. The run has trained on.")
    if row.button(f"Show step {newest:,}", icon=":material/update:"):
        forget_step()
        st.rerun()


def rooms(run: Run, choice: MapChoice, count: int) -> None:
    """The map, what lies under the pointer, and what can be done with the pinned point."""
    with st.container():
        offer_newer(run, choice.step)
    with st.container(key="columns"):
        left, right = st.columns([8, 5], gap="medium")
        pointed, pinned_at = right.container(key="pointed"), right.container()
    with pinned_at:
        pin = selected_point.choose_pin(count, run.config().dataset.unit)
    scene = scene_of(run, choice, pin)
    there = views.views_of(scene)
    view = views.choose_view(list(there))
    with left.container(key="map-room"):
        map.chart(scene)
    with pointed:
        map.under_the_pointer(scene, marks(scene, view), partial(keep_pin, count), partial(keep_chosen, scene.key))
    if view == views.LEARNED:
        # The map is only hidden: it would forget how it is turned, what is hidden in it, and what a lasso went around.
        with left.container(key="instead-of-the-map"):
            learned(run, scene.names)
    with pinned_at:
        selected_point.pinned_room(run, choice, pin)
    there[view](scene)


def marks(scene: Scene, view: str) -> list[Mark]:
    """The pinned point on the map; the two ends and the ways between them, while they are looked at."""
    drawn = [("pinned", scene.code[None], [scene.pin])]
    if view == views.BETWEEN:
        a, b = interpolation.ends(scene)
        drawn += [("A", a.code[None], [a.number]), ("B", b.code[None], [b.number])]
        drawn += [(name, path, [a.number, b.number]) for name, path in interpolation.paths(a, b).items()]
    if view == views.YOURS and (found := own_picture(scene)) is not None:
        drawn.append(("yours", found[1], [interpolation.OWN]))
    return [Mark(name, map.places(scene, codes, ends)) for name, codes, ends in drawn]


def keep_pin(count: int) -> None:
    selected_point.pin(st.session_state["hover-preview"].get("pinned"), count)


def keep_chosen(key: Key) -> None:
    """What box or lasso went around is looked at, at once."""
    if selection.keep(key, st.session_state["hover-preview"].get("selection")):
        st.session_state[views.KEY] = views.CHOSEN


if navigation.title(url_path="latent"):
    forget_step()
run = picker.chosen()
if run is None:
    st.caption("Train a run first, or choose one in the sidebar.")
elif not run.config().pictures:
    st.caption("This run learns from plain vectors; the map shows pictures. Choose another run in the sidebar.")
else:
    with errors.run_errors(run):
        body(run)
text.lesson("latent")
