"""Latent space: where the codes of the test pictures lie, and what lies between them."""

from pages.parts import frame

frame.guard(__file__)

from functools import partial  # noqa: E402

import streamlit as st  # noqa: E402

from aecore.analysis.projection import Projected  # noqa: E402
from aecore.config import RunConfig  # noqa: E402
from aecore.exploring import Explored  # noqa: E402
from aecore.runs.run import Run  # noqa: E402
from pages.parts import between, chosen, lab, latent_map, lessons, map_choice, pinned, runs, views  # noqa: E402
from pages.parts.latent_own import own_picture  # noqa: E402
from pages.parts.learned import learned  # noqa: E402
from pages.parts.probe import Mark  # noqa: E402
from pages.parts.scene import Scene  # noqa: E402


def body(run: Run, config: RunConfig) -> None:
    explored = lab.explored(run)
    with st.container():  # however much stands in it, what follows keeps its place, and with it what sliders hold
        kind, axes, dimensions = map_choice.choose_map(run, explored)
        projected, shown = map_choice.project(run, explored, kind, axes, dimensions)
    st.fragment(frame.calm("The map")(runs.explained(run)(rooms)))(run, config, projected, explored, shown)


def rooms(run: Run, config: RunConfig, projected: Projected, explored: Explored, kind: str) -> None:
    """The map, what lies under the pointer, and what can be done with the pinned point."""
    with st.container(key="rooms"):
        left, right = st.columns([8, 5], gap="medium")
        pointed, pinned_at = right.container(), right.container()
    with pinned_at:
        pin = pinned.choose_pin(len(explored), config.dataset.unit)
    scene = Scene(run, config, explored, projected, kind, pin)
    there = views.views_of(run, config)
    view = views.choose_view(list(there))
    if view == views.LEARNED:
        with left:
            learned(run, scene.names)
    else:
        shown = marks(scene, view)
        with left:
            latent_map.chart(scene, shown)
        with pointed:
            latent_map.under_the_pointer(scene, shown, partial(keep_pin, len(explored)), partial(keep_chosen, run))
    with pinned_at:
        pinned.pinned_room(scene)
    there[view](scene)


def marks(scene: Scene, view: str) -> list[Mark]:
    """The pinned point on the map; the two ends and the ways between them, while they are looked at."""
    drawn = {"pinned": scene.code[None]}
    if view == views.BETWEEN:
        a, b = between.ends(scene)
        drawn |= {"A": a.code[None], "B": b.code[None], **between.paths(a, b)}
    if view == views.YOURS and (found := own_picture(scene.run, scene.config)) is not None:
        drawn["yours"] = found[1]
    return [Mark(name, latent_map.places(scene, codes)) for name, codes in drawn.items()]


def keep_pin(count: int) -> None:
    pinned.pin(st.session_state["probe"].get("pinned"), count)


def keep_chosen(run: Run) -> None:
    """What box or lasso went around is looked at, at once."""
    if chosen.keep(run, st.session_state["probe"].get("chosen")):
        st.session_state[views.KEY] = views.CHOSEN


frame.title(url_path="latent")
run = runs.chosen()
if run is None:
    st.caption("Train a run first, or choose one in the sidebar.")
elif not run.config().pictures:
    st.caption("This run learns from plain vectors; the map shows pictures. Choose another run in the sidebar.")
else:
    with runs.explained(run):
        body(run, run.config())
lessons.lesson("latent")
