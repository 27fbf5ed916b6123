"""The view of the visitor's own image: its position on the map, its reconstruction and its neighbors."""

from __future__ import annotations

import streamlit as st
from torch import Tensor

from aecore.analysis.neighbors import nearest
from aecore.evaluation.outliers import encode_images, to_input_batch
from aecore.images import ImageArray, prepare, to_pixels
from aecore.latent.codes import decoder
from pages.parts.images import uploads
from pages.parts.images.html import sheets
from pages.parts.images.uploads import DRAW, PHOTO, UPLOAD
from pages.parts.latent.context import LatentContext
from pages.parts.latent.views.base import OWN_IMAGE, CodeMark, View
from pages.parts.shell import session

NEIGHBORS = 10
SOURCES = (DRAW, UPLOAD, PHOTO)


def encode_own_image(context: LatentContext) -> tuple[Tensor, Tensor] | None:
    """The visitor's latest image as model input (1, C, H, W) uint8 and code (1, D); None if there is none."""
    image = _latest_image()
    if image is None:
        return None
    dataset = context.space.config.dataset
    images = to_input_batch([prepare(image, dataset.input_shape, dataset.preparation)])
    return images, encode_images(context.space.model, images).flatten(1)


def own_image_marks(context: LatentContext) -> list[CodeMark]:
    """The own image's position on the map."""
    encoded = encode_own_image(context)
    return [CodeMark("your image", encoded[1], (OWN_IMAGE,))] if encoded else []


def draw_own_image(context: LatentContext) -> None:
    """A canvas, an uploader or a camera, and what the model makes of the image."""
    left, right = st.columns([3, 8], gap="large")
    with left:
        source = st.segmented_control(
            "Source",
            SOURCES,
            default=DRAW,
            key=session.OWN_IMAGE_SOURCE.name,
            required=True,
            persist_state="session",
            wrap=True,
        )
        _draw_source(source, context.space.config.dataset.shows_digits)
    own_image = encode_own_image(context)
    with right:
        if own_image is None:
            st.caption("Draw something or upload a picture: it appears on the map as “your image”.")
            return
        image, code = own_image
        encoded = context.space.encoded
        found, _ = nearest(encoded.codes, code, NEIGHBORS)
        rows = [
            ("your image, as the model sees it", to_pixels(image)),
            ("its reconstruction", to_pixels(decoder(context.space.model)(code))),
            ("nearest test images", to_pixels(encoded.images[found[0]])),
        ]
        sheets(rows, NEIGHBORS)


def _draw_source(source: str | None, digits: bool) -> None:
    match source:
        case uploads.UPLOAD:
            uploads.uploader()
        case uploads.PHOTO:
            uploads.camera(digits)
        case _:
            uploads.canvas("draw-latent")


def _latest_image() -> ImageArray | None:
    """The image from the selected source, or from another one if that has none."""
    # An absent key must stay absent: the widget has its own default.
    selected = session.OWN_IMAGE_SOURCE.get() if session.OWN_IMAGE_SOURCE.exists() else DRAW
    images = (_image_from(source) for source in (selected, *SOURCES))
    return next((image for image in images if image is not None), None)


def _image_from(source: str) -> ImageArray | None:
    if source == DRAW:
        return uploads.last_drawing()
    files = uploads.usable(source)
    return files[0].image if files else None


VIEW = View("Your image", draw_own_image, marks=own_image_marks)
