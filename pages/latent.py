"""Latent space: where the codes of the test pictures lie, and what lies between them."""

from pages.parts import frame

frame.guard(__file__)

from functools import partial  # noqa: E402

import streamlit as st  # noqa: E402

from aecore.analysis.projection import Projected  # noqa: E402
from aecore.config import RunConfig  # noqa: E402
from aecore.exploring import Explored  # noqa: E402
from aecore.runs.run import Run  # noqa: E402
from pages.parts import between, chosen, code_views, lab, latent_map, latent_rooms, lessons, runs  # noqa: E402
from pages.parts.latent_own import own_on_the_map, own_picture  # noqa: E402
from pages.parts.learned import learned  # noqa: E402
from pages.parts.pinned import pinned_room  # noqa: E402
from pages.parts.probe import Mark  # noqa: E402

ROOMS = (
    "Between two", "Manifold grid", "Traversals", "Arithmetic", "Generate", "Your picture", "Chosen points",
    "As it was learned",
)  # fmt: skip
ROOM = "latent-room"


def body(run: Run, config: RunConfig) -> None:
    explored = lab.explored(run)
    kind, axes, chosen = latent_map.choose_map(config, explored)
    projected, shown = latent_map.project(run, explored, kind, axes, chosen)
    st.fragment(frame.calm("The map")(runs.explained(run)(rooms)))(run, config, projected, explored, shown)


def rooms(run: Run, config: RunConfig, projected: Projected, explored: Explored, kind: str) -> None:
    """The map, what lies under the pointer, and what can be done with the pinned point."""
    pin = min(st.session_state.get("pin", 0), len(explored) - 1)
    view = code_views.view_name(run, config)
    choice = (*ROOMS, view) if view else ROOMS
    if st.session_state.get(ROOM) not in choice:
        st.session_state[ROOM] = choice[0]
    room = st.session_state[ROOM]
    with st.container(key="rooms"):
        left, right = st.columns([8, 5], gap="medium")
    with left:
        if room == "As it was learned":
            learned(run, config.dataset.class_names)
        else:
            shown = marks(run, config, projected, explored, pin, room)
            latent_map.chart(run, projected, explored, config.dataset.class_names, kind, shown)
    with right:
        if room != "As it was learned":
            answers = (keep_pin, partial(keep_chosen, run))
            latent_map.under_the_pointer(run, config, projected, explored, shown, pin, *answers)
        pinned_room(run, config, explored, projected, pin)
    st.segmented_control("Look at", choice, key=ROOM, required=True)
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
        case "Chosen points":
            chosen.chosen_points(run, config, explored, projected)
        case "As it was learned":
            st.caption("The map above moves through the training; another view brings the map of all points back.")
        case _:
            code_views.code_view(run, config, explored, pin)


def marks(run: Run, config: RunConfig, projected: Projected, explored: Explored, pin: int, room: str) -> list[Mark]:
    """The pinned point on the map; the two ends and the ways between them, while they are looked at."""
    drawn = {"pinned": explored.codes[[pin]]}
    if room == "Between two":
        a, b = between.ends(run, config, explored)
        drawn |= {"A": a.code[None], "B": b.code[None], **between.paths(a, b)}
    if room == "Your picture" and (found := own_picture(run, config)) is not None:
        drawn["yours"] = found[1]
    return [Mark(name, latent_map.places(projected, explored, codes)) for name, codes in drawn.items()]


def keep_pin() -> None:
    given = st.session_state["probe"].get("pinned")
    if isinstance(given, int) and given >= 0:
        st.session_state["pin"] = given


def keep_chosen(run: Run) -> None:
    """What box or lasso went around is looked at, at once."""
    if chosen.keep(run, st.session_state["probe"].get("chosen")):
        st.session_state[ROOM] = "Chosen points"


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
