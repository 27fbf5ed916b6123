"""Reconstruct: test pictures over their reconstructions over the difference."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore.config.run_config import RunConfig
from aecore.images import MNIST_STEPS
from aecore.runs.run import Run
from pages.parts.images import inspection, uploads
from pages.parts.images.encode_decode import uses
from pages.parts.images.grid import Order, choose_pictures, grid, sheet_png
from pages.parts.runs.selection import selected_run
from pages.parts.shell import errors, navigation, resources, text

TEST, UPLOAD, PHOTO, DRAW = "Test set", "Upload", "Photo", "Draw"
ICONS = {TEST: "grid_view", UPLOAD: "upload", PHOTO: "photo_camera", DRAW: "draw"}
WAYS = {UPLOAD: uploads.upload, PHOTO: uploads.camera, DRAW: lambda: uploads.drawing("draw")}
EMPTY = {
    UPLOAD: "Drop pictures on the field, or choose some. Digits on a photo of a page are found by themselves.",
    PHOTO: "Take a photo of a digit, or of a page with several.",
    DRAW: "Draw a digit on the black field. What the model makes of it follows your pen.",
}


def body(run: Run) -> None:
    config = run.config()
    controls = st.container(horizontal=True, vertical_alignment="bottom", key="ways-in")
    way_in = config.has_images and controls.segmented_control(
        "Pictures", list(ICONS), default=TEST, key="pictures", required=True,
        format_func=lambda w: f":material/{ICONS[w]}: {w}", persist_state="session",
    )  # fmt: skip
    if not config.has_images or way_in == TEST:
        test_pictures(run, config, controls)
        return
    with controls:
        steps = inspection.step_choice(config)
        cuts = way_in != DRAW and st.toggle(
            "Cut into digits", config.dataset.preparation == MNIST_STEPS, key=f"cut-{config.dataset.kind}",
            persist_state="session",
            help="Finds dark strokes on light paper, or light ones on dark, and looks at each digit by itself.",
        )  # fmt: skip
    errors.fragment("This part")(own_pictures)(run, config, way_in, steps, cuts)


def own_pictures(run: Run, config: RunConfig, way_in: str, steps: tuple[str, ...], cuts: bool) -> None:
    """Pictures that the visitor brings: the way in on the left, what the model makes of them on the right."""
    with st.container(key="rooms"):
        left, right = st.columns([3, 7], gap="large")
    with left:
        drawn = WAYS[way_in]()
    with right:
        if way_in == DRAW:
            brought = [] if drawn is None else [[inspection.Subject("Your drawing", drawn)]]
        else:
            brought = [subjects(file, cuts) for file in uploads.brought()]
        for parts in brought:
            if len(parts) > 1:
                inspection.photo(parts)
            inspection.seen(run, config, parts, steps)
        if brought:
            inspection.legend(run, config)
        else:
            st.caption(EMPTY[way_in])


def subjects(file: uploads.OwnPicture, cuts: bool) -> list[inspection.Subject]:
    """A picture as it is, or a page in as many parts as it has digits."""
    boxes = uploads.boxes(file.png) if cuts else []
    if len(boxes) < 2:
        return [inspection.Subject(file.name, file.picture)]
    page = file.picture
    return [inspection.Subject(f"{file.name}, {i}", box.crop(page), page, box) for i, box in enumerate(boxes, 1)]


def test_pictures(run: Run, config: RunConfig, controls: DeltaGenerator) -> None:
    """Pictures of the test set over their reconstructions."""
    data = resources.data(config.dataset)
    names, labels = data.class_names, data.test.labels.tolist()
    classes = names and controls.pills(
        "Show", range(len(names)), format_func=lambda c: names[c], selection_mode="multi",
        key=f"classes-{'-'.join(names)}", persist_state="session", help="Only these digits; none chosen means all.",
    )  # fmt: skip
    order = controls.segmented_control(
        "Order", list(Order), default=Order.RANDOM, format_func=str, key="order", persist_state="session"
    )
    count = controls.slider("How many", 12, 96, 24, 12, key="count", width=170, persist_state="session")
    controls.button("Draw others", icon=":material/shuffle:", on_click=_reshuffle, disabled=order != Order.RANDOM)
    noisy = not config.corruption.does_nothing and controls.toggle(
        "With noise", True, key="noisy", help="The noise it has learned to remove.", persist_state="session"
    )
    shown = resources.reconstructed_test(run, noisy)
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
    if not config.has_images:
        uses(run, config, data.test.images)


def _reshuffle() -> None:
    st.session_state["shuffle"] = st.session_state.get("shuffle", 0) + 1


navigation.title(url_path="reconstruct")
run = selected_run()
if run is None:
    st.caption("Train a run first, or choose one in the sidebar.")
    st.stop()
with errors.run_errors(run):
    body(run)
if run.config().has_images:
    text.lesson("reconstruct" if st.session_state.get("pictures", TEST) == TEST else "own")
