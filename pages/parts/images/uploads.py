"""The visitor's own pictures: uploaded, photographed or drawn; kept for the visit, the same on every page."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from aecore.errors import ImageError
from aecore.images import MAX_BYTES, MAX_PIXELS, ImageArray, downscale, ingest, read_image, to_png, with_channel_axis
from aecore.images.segment import Box, segment
from pages.parts.components.draw_pad import draw_pad, drawing_png
from pages.parts.shell import text

MOST_AT_ONCE = 24
MOST_PROBLEMS = 8  # sentences about files that cannot be used
TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "zip"]  # a convenience: what counts is the content
LIMITS = (
    f"PNG, JPEG, WebP, BMP, GIF, TIFF, or a zip of them. At most {MOST_AT_ONCE} pictures at a time, each up to "
    f"{MAX_BYTES / 1e6:.0f} MB and {MAX_PIXELS / 1e6:.0f} megapixels. They stay on this server for your visit only."
)

_KEPT = "own_pictures"
_LEFT_OUT = "own_left_out"
_ROUND = "own_round"


@dataclass(frozen=True)
class OwnPicture:
    """One picture that was brought, as small as it may be; or why it cannot be used."""

    name: str
    png: bytes = b""
    problem: str = ""

    @property
    def picture(self) -> ImageArray:
        return read_image(self.png)


def brought() -> list[OwnPicture]:
    """The pictures of this visit that can be used, the newest first."""
    return [own for own in st.session_state.get(_KEPT, []) if not own.problem]


def upload() -> None:
    """A place to drop files; each round of files joins the ones before."""
    key = f"upload-{st.session_state.get(_ROUND, 0)}"
    st.file_uploader(
        "Pictures",
        TYPES,
        accept_multiple_files=True,
        key=key,
        on_change=_take,
        args=(key,),
        label_visibility="collapsed",
        max_upload_size=200,
    )
    st.caption(LIMITS)
    _told()


def camera() -> None:
    """A photo by the visitor's own camera."""
    key = f"camera-{st.session_state.get(_ROUND, 0)}"
    st.camera_input("Photo", key=key, on_change=_take, args=(key,), label_visibility="collapsed")
    st.caption(
        "Write digits on a page, hold it still, and take the photo. It stays on this server for your visit only."
    )
    _told()


def drawing(key: str) -> ImageArray | None:
    """The canvas, and what is drawn on it; None while there is nothing."""
    draw_pad(key)
    return last_drawing()


def last_drawing() -> ImageArray | None:
    """What the visitor has drawn, on whatever page; None while there is nothing."""
    sent = drawing_png()
    if sent is None:
        return None
    try:
        return read_image(sent)
    except ImageError as error:
        text.problem(str(error))
        return None


@st.cache_data(max_entries=200, show_spinner=False)
def boxes(png: bytes) -> list[Box]:
    """The digits on a picture."""
    return segment(read_image(png))


def parts(file: OwnPicture, cuts: bool) -> list[ImageArray]:
    """The picture as it is, or a page in as many parts as it has digits."""
    found = boxes(file.png) if cuts else []
    return [box.crop(file.picture) for box in found] if len(found) > 1 else [file.picture]


def _take(key: str) -> None:
    """Read what was brought, and empty the place it was dropped on."""
    given = st.session_state[key]
    files = given if isinstance(given, list) else [given] if given else []
    new = [own for file in files for own in _read(file)]
    usable = [own for own in [*new, *brought()] if not own.problem]
    st.session_state[_KEPT] = usable[:MOST_AT_ONCE] + [own for own in new if own.problem][:MOST_PROBLEMS]
    st.session_state[_LEFT_OUT] = len(usable) > MOST_AT_ONCE
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _read(file: UploadedFile) -> list[OwnPicture]:
    found = []
    for name, picture in ingest(file.name, file.getvalue()):
        if isinstance(picture, ImageError):
            found.append(OwnPicture(name, problem=str(picture)))
        else:
            found.append(OwnPicture(name, to_png(with_channel_axis(downscale(picture)))))
        if len(found) > MOST_AT_ONCE:
            break
    return found


def _told() -> None:
    """What cannot be used and why, and a way to begin anew."""
    for own in st.session_state.get(_KEPT, []):
        if own.problem:
            text.problem(f"{own.name}: {own.problem}")
    if st.session_state.get(_LEFT_OUT):
        text.problem(f"At most {MOST_AT_ONCE} pictures are kept at a time; the others were left out.")
    if st.session_state.get(_KEPT):
        st.button("Remove all", icon=":material/close:", type="tertiary", on_click=_forget)


def _forget() -> None:
    for key in (_KEPT, _LEFT_OUT):
        st.session_state.pop(key, None)
