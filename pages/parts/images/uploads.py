"""The visitor's own images: uploaded, photographed or drawn. They last for the visit and are the same on every page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from aecore.data.base import Dataset
from aecore.errors import ImageError
from aecore.images import (
    MAX_BYTES,
    MAX_PIXELS,
    MNIST_STEPS,
    ImageArray,
    downscale,
    ingest,
    read_image,
    to_png,
    with_channel_axis,
)
from aecore.images.formats import FORMAT_NAMES
from aecore.images.formats.jpeg import MAX_JPEG_PIXELS
from aecore.images.segment import Box, segment
from pages.parts.components.draw_pad import draw_pad, drawing_png
from pages.parts.server import upload_limit
from pages.parts.shell import session, text
from pages.parts.visitors.local import is_loopback

TEST_SET, UPLOAD, PHOTO, DRAW = "Test set", "Upload", "Photo", "Draw"  # sources of images
_ICONS = {TEST_SET: "grid_view", UPLOAD: "upload", PHOTO: "photo_camera", DRAW: "draw"}

MAX_UPLOADS = 24
MAX_PROBLEMS = 8  # messages about unusable files
# A browser escapes these, and only these, in the name of an uploaded file (HTML standard, multipart form data).
_ESCAPED_IN_NAMES = {"%22": '"', "%0A": "\n", "%0D": "\r"}
LIMITS = (
    f"{', '.join(FORMAT_NAMES)}, or a zip file of them. At most {MAX_UPLOADS} pictures at a time, each up to "
    f"{MAX_BYTES / 1e6:.0f} MB and {MAX_PIXELS / 1e6:.0f} megapixels (JPEG: {MAX_JPEG_PIXELS / 1e6:.0f}). They stay on "
    "this server only during your visit."
)
NO_CAMERA = (
    "Browsers allow the camera only over https, and this page was opened over http. Open it at an address that begins "
    "with https, or take the photo with another app and select Upload."
)
_UPLOAD = "upload"


@dataclass(frozen=True, eq=False)
class UploadedImage:
    """One uploaded image, downscaled; or the reason why it cannot be used."""

    name: str
    png: bytes = b""
    problem: str = ""
    source: str = UPLOAD  # or PHOTO

    @property
    def image(self) -> ImageArray:
        """The image, (H, W) or (H, W, 3) uint8."""
        return read_image(self.png)


@dataclass(frozen=True)
class InputImage:
    """One image for a model: a whole upload, or one digit on a page."""

    name: str
    image: ImageArray
    page: ImageArray | None = None  # the upload that the digit was cropped from
    box: Box | None = None  # of the digit on the page


def source_control(container: DeltaGenerator, sources: Sequence[str], key: str) -> str:
    """Draw the choice of where the images come from, and return the selected source."""
    selected: str = container.segmented_control(
        "Images", sources, default=sources[0], key=key, required=True, persist_state="session", wrap=True,
        format_func=lambda source: f":material/{_ICONS[source]}: {source}",
    )  # fmt: skip
    return selected


def usable(source: str) -> list[UploadedImage]:
    """The usable images of this visit from `UPLOAD` or `PHOTO`, the newest first."""
    return [upload for upload in session.UPLOADS.get() if upload.source == source and not upload.problem]


def own_images(dataset: Dataset, source: str, canvas_key: str) -> list[ImageArray]:
    """Draw the canvas, the camera or the uploader, and return the images; each digit of a page for models of digits."""
    if source == DRAW:
        drawing = canvas(canvas_key)
        return [] if drawing is None else [drawing]
    camera(dataset.shows_digits) if source == PHOTO else uploader()
    split_digits = dataset.preparation == MNIST_STEPS
    return [part.image for upload in usable(source) for part in input_images(upload, split_digits)]


def input_images(upload: UploadedImage, split_digits: bool) -> list[InputImage]:
    """The whole image; or, with `split_digits`, one image for each digit if there are several."""
    boxes = digit_boxes(upload.png) if split_digits else []
    page = upload.image
    if len(boxes) < 2:
        return [InputImage(upload.name, page)]
    return [InputImage(f"{upload.name}, {i}", box.crop(page), page, box) for i, box in enumerate(boxes, 1)]


@st.cache_data(max_entries=200, show_spinner=False)
def digit_boxes(png: bytes) -> list[Box]:
    """The boxes of the digits in an image."""
    return segment(read_image(png))


def uploader() -> None:
    """Draw a drop zone for files; new files are added to the earlier ones."""
    key = session.versioned_key(_UPLOAD, "files")
    st.file_uploader(  # of any type: the browser would refuse others without a reason
        "Pictures",
        accept_multiple_files=True,
        key=key,
        on_change=_store,
        args=(key, UPLOAD),
        label_visibility="collapsed",
        max_upload_size=upload_limit.max_megabytes(),
    )
    st.caption(LIMITS)
    _show_problems(UPLOAD)


def camera(digits: bool) -> None:
    """Draw the visitor's camera, or why the browser does not allow it; `digits`: whether the model expects digits."""
    if not _is_secure(st.context.url or ""):
        text.info(NO_CAMERA)
        return
    key = session.versioned_key(_UPLOAD, "photo")
    st.camera_input("Photo", key=key, on_change=_store, args=(key, PHOTO), label_visibility="collapsed")
    advice = "Write digits on paper, hold it still, and take a photo. " if digits else ""
    st.caption(f"{advice}It stays on this server only during your visit.")
    _show_problems(PHOTO)


def _is_secure(url: str) -> bool:
    """Whether browsers allow the camera on a page: by https, or on the browser's own machine."""
    parts = urlsplit(url)
    return parts.scheme != "http" or is_loopback(parts.hostname or "")


def canvas(key: str) -> ImageArray | None:
    """Draw the canvas, and return the drawing; None while it is empty."""
    draw_pad(key)
    return last_drawing()


def last_drawing() -> ImageArray | None:
    """The visitor's drawing, made on any page; None if there is none."""
    png = drawing_png()
    if png is None:
        return None
    try:
        return read_image(png)
    except ImageError as error:
        text.problem(str(error))
        return None


def _store(key: str, source: str) -> None:
    """Read the files of a widget for a source, and empty the widget."""
    value = st.session_state[key]
    files = value if isinstance(value, list) else [value] if value else []
    new = [upload for file in files for upload in _read(file, source)]
    valid = [upload for upload in [*new, *usable(source)] if not upload.problem]
    problems = [upload for upload in new if upload.problem]
    if len(problems) > MAX_PROBLEMS:
        more = f"… and {len(problems) - MAX_PROBLEMS:,} more files"
        problems[MAX_PROBLEMS:] = [UploadedImage(more, problem="These have problems too.", source=source)]
    session.UPLOADS.set(valid[:MAX_UPLOADS] + problems + _of_other_sources(source))
    session.UPLOADS_OMITTED.set(source if len(valid) > MAX_UPLOADS else "")
    session.new_version(_UPLOAD)
    upload_limit.release(files)


def images_in(file: UploadedFile) -> Iterator[tuple[str, ImageArray | ImageError]]:
    """Yield the names and images of an uploaded file, as `ingest`; of a refused file the reason."""
    name = file.name
    for escape, character in _ESCAPED_IN_NAMES.items():
        name = name.replace(escape, character)
    try:
        yield from ingest(name, upload_limit.content(file))
    except ImageError as error:
        yield name, error


def _read(file: UploadedFile, source: str) -> list[UploadedImage]:
    uploads: list[UploadedImage] = []
    for name, image in images_in(file):
        if isinstance(image, ImageError):
            uploads.append(UploadedImage(name, problem=str(image), source=source))
        else:
            upload = UploadedImage(name, to_png(with_channel_axis(downscale(image))), source=source)
            upload_limit.keep(upload, len(upload.png))
            uploads.append(upload)
        if len(uploads) > MAX_UPLOADS:
            break
    return uploads


def _of_other_sources(source: str) -> list[UploadedImage]:
    return [upload for upload in session.UPLOADS.get() if upload.source != source]


def _show_problems(source: str) -> None:
    """Draw why files of a source cannot be used, and a button that removes all of it."""
    uploads = [upload for upload in session.UPLOADS.get() if upload.source == source]
    for upload in uploads:
        if upload.problem:
            text.problem(f"{upload.name}: {upload.problem}")
    if session.UPLOADS_OMITTED.get() == source:
        text.problem(f"Only {MAX_UPLOADS} pictures fit; the others were left out.")
    if uploads:
        st.button("Remove all", icon=":material/close:", type="tertiary", on_click=_remove_all, args=(source,))


def _remove_all(source: str) -> None:
    session.UPLOADS.set(_of_other_sources(source))
    session.UPLOADS_OMITTED.set("")
