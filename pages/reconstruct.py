"""Reconstruct: test images or the visitor's own, with their reconstructions and differences."""

import zlib

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore.config.run_config import RunConfig
from aecore.images import MNIST_STEPS
from aecore.runs.run import Run
from pages.parts.images import inspection, uploads
from pages.parts.images.encode_decode import encode_decode
from pages.parts.images.grid import Order, grid_png, reconstruction_grid, select_indices
from pages.parts.images.shuffle import sample_seed, shuffle_button
from pages.parts.images.uploads import DRAW, PHOTO, TEST_SET, UPLOAD
from pages.parts.runs.selection import selected_run
from pages.parts.shell import errors, navigation, resources, text

SOURCE = "image-source"  # key of the source control
PROMPTS = {
    UPLOAD: "Drop pictures on the field, or select files.",
    PHOTO: "Take a photo.",
    DRAW: "Draw on the black canvas. The reconstruction follows your pen.",
}
DIGIT_PROMPTS = {
    UPLOAD: f"{PROMPTS[UPLOAD]} Digits in a photo of a page are detected automatically.",
    PHOTO: "Take a photo of a digit, or of a page with several digits.",
    DRAW: "Draw a digit on the black canvas. The reconstruction follows your pen.",
}


def body(run: Run) -> None:
    config = run.config()
    controls = st.container(horizontal=True, vertical_alignment="bottom", key="controls")
    source = TEST_SET
    if config.has_images:
        source = uploads.source_control(controls, (TEST_SET, UPLOAD, PHOTO, DRAW), SOURCE)
    if source == TEST_SET:
        test_images(run, config, controls)
        return
    with controls:
        steps = inspection.preparation_pills(config)
        digits = config.dataset.preparation == MNIST_STEPS
        split_digits = digits and source != DRAW and st.toggle(
            "Split into digits", True, key=f"split-{config.dataset.kind}", persist_state="session",
            help="Detects dark strokes on a light background, or light on dark, and inspects each digit separately.",
        )  # fmt: skip
    own_images(run, config, source, steps, split_digits)


@errors.fragment("The image inspection")
def own_images(run: Run, config: RunConfig, source: str, steps: tuple[str, ...], split_digits: bool) -> None:
    """The visitor's own images: the input on the left, the inspection on the right."""
    with st.container(key="columns"):
        left, right = st.columns([3, 7], gap="large")
    with left:
        drawing = None
        if source == DRAW:
            drawing = uploads.canvas("draw")
        elif source == PHOTO:
            uploads.camera(config.dataset.shows_digits)
        else:
            uploads.uploader()
    with right:
        if source == DRAW:
            groups = [] if drawing is None else [[uploads.InputImage("Your drawing", drawing)]]
        else:
            groups = [uploads.input_images(upload, split_digits) for upload in uploads.usable(source)]
        for images in groups:
            page = images[0].page
            if page is not None:
                inspection.page_with_boxes(page, [image.box for image in images if image.box])
            inspection.inspection(run, config, images, steps)
        if groups:
            inspection.legend(run, config)
        else:
            st.caption((DIGIT_PROMPTS if config.dataset.shows_digits else PROMPTS)[source])


def test_images(run: Run, config: RunConfig, controls: DeltaGenerator) -> None:
    """Images of the test set over their reconstructions."""
    data = resources.data(config.dataset)
    names, labels = data.class_names, data.test.labels.tolist()
    classes: list[int] = []
    if names:
        classes = controls.pills(
            "Classes", range(len(names)), format_func=lambda c: text.escaped(names[c]), selection_mode="multi",
            key=f"classes-{zlib.crc32(repr(names).encode())}", persist_state="session", wrap=True,
            help="Select none to show all classes.",
        )  # fmt: skip
    order = controls.segmented_control(
        "Order", list(Order), default=Order.RANDOM, format_func=str, key="order", persist_state="session", wrap=True
    )
    count = controls.slider("Count", 12, 96, 24, 12, key="count", width=170, persist_state="session")
    shuffle_button(controls, "reconstruct", disabled=order != Order.RANDOM)
    noisy = not config.corruption.does_nothing and controls.toggle(
        "Noisy inputs", True, key="noisy", help="Apply the corruption used in training.", persist_state="session"
    )
    shown = resources.reconstructed_test(run, noisy)
    indices = select_indices(
        labels, shown.errors.tolist(), classes, order or Order.RANDOM, count, sample_seed("reconstruct")
    )
    reconstruction_grid(shown, labels, indices, names)
    st.download_button(
        "Download as PNG",
        lambda: grid_png(shown, indices),
        file_name=f"{run.id}-reconstructions.png",
        mime="image/png",
        icon=":material/download:",
        on_click="ignore",
    )
    if not config.has_images:
        encode_decode(run, config, data.test.images)


navigation.title(url_path="reconstruct")
run = selected_run()
if run is None:
    st.caption("Train a model first, or select a run in the sidebar.")
    st.stop()
with errors.run_errors(run):
    body(run)
if run.config().has_images:
    text.lesson("reconstruct" if st.session_state.get(SOURCE, TEST_SET) == TEST_SET else "uploads", run.config())
