"""Pictures of one's own as a data set: bring them, keep them, delete them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from aecore.data import collections as gallery
from aecore.data.own import OwnImages
from aecore.errors import ImageError
from aecore.images import MAX_BYTES, MAX_PIXELS, MAX_ZIP_BYTES, MNIST_STEPS, ImageArray, ingest
from aecore.utils.files import disk_error_message
from aecore.utils.settings import settings
from pages.parts.images.uploads import TYPES
from pages.parts.shell import text
from pages.parts.train import settings_form

LIMITS = (
    f"From {gallery.MIN_IMAGES} to {gallery.MAX_IMAGES:,} pictures, each up to {MAX_BYTES / 1e6:.0f} MB and "
    f"{MAX_PIXELS / 1e6:.0f} megapixels; a zip up to {MAX_ZIP_BYTES / 1e6:.0f} MB. They are kept on this server, "
    f"{gallery.STORED_SIDE} × {gallery.STORED_SIDE} pixels large, until you delete them."
)
PREPARATIONS = {"square": ("square",), "mnist": MNIST_STEPS}
MOST_TOLD = 5

_ROUND = "collect_round"
_PROBLEMS = "collect_problems"
_KEPT = "collect_kept"


def collect() -> None:
    """Where the data is one's own pictures: a way to bring more, and to delete what is kept."""
    if settings_form.draft()["dataset"]["kind"] != "own":
        return
    with st.popover("Add pictures", icon=":material/add_photo_alternate:", width="stretch"):
        _bring()
    kept = gallery.find_collection(settings_form.draft()["dataset"].get("collection", ""))
    if kept:
        with st.popover("Delete", icon=":material/delete:", width="stretch", key=f"delete-{kept.id}"):
            st.caption(f"Deleting “{text.escaped(kept.name)}” removes its {kept.count:,} pictures for good. Runs stay.")
            sure = st.checkbox("Yes, delete these pictures", key=f"sure-{kept.id}")
            st.button("Delete pictures", disabled=not sure, on_click=_delete, args=(kept,))


def _bring() -> None:
    key = f"collect-{st.session_state.get(_ROUND, 0)}"
    st.file_uploader("Pictures, or a zip of them", TYPES, accept_multiple_files=True, key=key, max_upload_size=200)
    name = st.text_input("Name", "My pictures", max_chars=gallery.MAX_NAME_LENGTH, key="collect-name")
    as_mnist = st.toggle(
        "Prepare as MNIST's digits", False, key="collect-mnist",
        help="For digits on paper: white on black, cropped, centered. Otherwise the middle square of each is kept.",
    )  # fmt: skip
    if st.button("Keep them", icon=":material/save:", key="collect-keep", disabled=not st.session_state.get(key)):
        with st.spinner("Reading the pictures …"):
            _keep(key, name, "mnist" if as_mnist else "square")
        st.rerun()
    for sentence in st.session_state.get(_PROBLEMS, []):
        text.problem(sentence)
    if kept := st.session_state.get(_KEPT):
        st.caption(f":material/check: {kept}")
    st.caption(LIMITS)


def _keep(key: str, name: str, preparation: str) -> None:
    problems: list[str] = []
    st.session_state.pop(_KEPT, None)
    try:
        kept = gallery.create_collection(name, _pictures(st.session_state[key], problems), PREPARATIONS[preparation])
    except ValueError as error:
        problems.insert(0, str(error))
    except OSError as error:
        problems.insert(0, disk_error_message(settings().home, error))
    else:
        st.session_state[_KEPT] = f"{kept.count:,} pictures are kept and chosen as the data."
        side = {name: settings_form.draft()["dataset"].get(name) for name in ("side", "color")}
        settings_form.put("dataset", OwnImages.model_validate({"collection": kept.id, **side}).model_dump(mode="json"))
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    if len(problems) > MOST_TOLD:
        problems[MOST_TOLD:] = [f"… and {len(problems) - MOST_TOLD:,} more that could not be used."]
    st.session_state[_PROBLEMS] = problems


def _pictures(files: Sequence[UploadedFile], problems: list[str]) -> Iterator[ImageArray]:
    """One by one, so that no more than one large picture is in memory; what cannot be used is noted."""
    for file in files:
        for name, picture in ingest(file.name, file.getvalue()):
            if isinstance(picture, ImageError):
                problems.append(f"{name}: {picture}")
            else:
                yield picture


def _delete(kept: gallery.ImageCollection) -> None:
    try:
        gallery.delete_collection(kept)
    except OSError as error:
        st.session_state[_PROBLEMS] = [disk_error_message(settings().home, error)]
        return
    st.session_state.pop(_PROBLEMS, None)
    settings_form.put("dataset", OwnImages().model_dump(mode="json"))
