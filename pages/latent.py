"""Latent space: where the codes of the test pictures lie, and what lies between them."""

from pages.parts import frame

frame.guard(__file__)

import streamlit as st  # noqa: E402

from aecore.analysis.projection import Projected  # noqa: E402
from aecore.config import RunConfig  # noqa: E402
from aecore.exploring import Explored  # noqa: E402
from aecore.runs.run import Run  # noqa: E402
from pages.parts import between, lab, latent_map, latent_rooms, lessons, runs  # noqa: E402
from pages.parts.latent_own import code_of_own, own_on_the_map  # noqa: E402
from pages.parts.learned import learned  # noqa: E402
from pages.parts.pinned import pinned_room  # noqa: E402
from pages.parts.probe import Mark  # noqa: E402

ROOMS = ("Between two", "Manifold grid", "Traversals", "Arithmetic", "Generate", "Your picture", "As it was learned")


def body(run: Run, config: RunConfig) -> None:
    explored = lab.explored(run)
    kind, axes, chosen = latent_map.choose_map(config, explored)
    projected = latent_map.project(run, explored, kind, axes, chosen)
    if projected is not None:
        st.fragment(frame.calm("The map")(runs.explained(run)(rooms)))(run, config, projected, explored, kind)


def rooms(run: Run, config: RunConfig, projected: Projected, explored: Explored, kind: str) -> None:
    """The map, what lies under the pointer, and what can be done with the pinned point."""
    pin = min(st.session_state.get("pin", 0), len(explored) - 1)
    room = st.session_state.get("latent-room", ROOMS[0])
    with st.container(key="rooms"):
        left, right = st.columns([8, 5], gap="medium")
    with left:
        latent_map.chart(run, projected, explored, config.dataset.class_names, kind)
    with right:
        shown = marks(run, config, projected, explored, pin, room)
        latent_map.under_the_pointer(run, config, projected, explored, shown, pin, keep_pin)
        pinned_room(run, config, explored, pin)
    st.segmented_control("Look at", ROOMS, default=ROOMS[0], key="latent-room", required=True)
    match room:
        case "Between two":
            between.between(run, config, explored, pin)
        case "Manifold grid":
            latent_rooms.grid(run, config, explored, projected, pin)
        case "Traversals":
            latent_rooms.traversals(run, config, explored, pin)
        case "Arithmetic":
            latent_rooms.arithmetic(run, config, explored, pin)
        case "Generate":
            latent_rooms.generate(run, config, explored)
        case "Your picture":
            own_on_the_map(run, config, explored)
        case "As it was learned":
            learned(run)


def marks(run: Run, config: RunConfig, projected: Projected, explored: Explored, pin: int, room: str) -> list[Mark]:
    """The pinned point on the map; the two ends and the ways between them, while they are looked at."""
    drawn = {"pinned": explored.codes[[pin]]}
    if room == "Between two":
        a, b = between.ends(len(explored))
        drawn |= {"A": explored.codes[[a]], "B": explored.codes[[b]], **between.paths(explored)}
    if room == "Your picture" and (code := code_of_own(run, config)) is not None:
        drawn["yours"] = code
    return [Mark(name, latent_map.places(projected, explored, codes)) for name, codes in drawn.items()]


def keep_pin() -> None:
    given = st.session_state["probe"].get("pinned")
    if isinstance(given, int) and given >= 0:
        st.session_state["pin"] = given


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
