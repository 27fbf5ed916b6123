"""The upload form: save uploaded pictures as an image collection to train on, and delete collections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from aecore.data import collections
from aecore.data.collections import ImageCollection, ImageInFolder, class_note
from aecore.data.own import OwnImages
from aecore.errors import ImageError
from aecore.images import MAX_BYTES, MAX_PIXELS, MNIST_STEPS, SQUARE_STEPS, folder_of
from aecore.images.formats.jpeg import MAX_JPEG_PIXELS
from aecore.utils.files import disk_error_message
from aecore.utils.settings import settings
from pages.parts.images.uploads import images_in
from pages.parts.server import upload_limit
from pages.parts.shell import navigation, session, text
from pages.parts.train import draft

PATCHES = "patches"
SQUARE_LABELS = {"crop": "Crop to the middle", "fit": "Fit with borders", PATCHES: "Cut into patches"}
MAX_PROBLEMS = 5
_FILES = "collection-files"


def upload_form() -> None:
    """If the draft's data is an image collection: popovers to add one and to delete the selected one."""
    dataset = draft.value(("dataset",))
    if dataset["kind"] != "own":
        return
    with st.popover("Add pictures", icon=":material/add_photo_alternate:", width="stretch"):
        _add_form()
    if collection := collections.find_collection(dataset.get("collection") or ""):
        with st.popover("Delete", icon=":material/delete:", width="stretch", key=f"delete-{collection.id}"):
            _delete_form(collection)


def _add_form() -> None:
    key = session.versioned_key(_FILES)
    # Of any type: the browser would refuse others without a reason.
    files = st.file_uploader(
        "Pictures or a zip file", accept_multiple_files=True, key=key, max_upload_size=upload_limit.max_megabytes()
    )
    refused = {file.file_id: reason for file in files if (reason := upload_limit.refusal(file))}
    for file in files:
        if file.file_id in refused:
            text.problem(f"{file.name}: {refused[file.file_id]}")
    files = [file for file in files if file.file_id not in refused]
    name = st.text_input("Name", "My pictures", max_chars=collections.MAX_NAME_LENGTH, key="collection-name")
    as_mnist = st.toggle(
        "Prepare like MNIST digits", False, key="collection-mnist",
        help="For digits on paper: white on black, cropped, centered.",
    )  # fmt: skip
    square = st.segmented_control(
        "Large pictures, or not square", list(SQUARE_LABELS), default="crop", key="collection-square", required=True,
        format_func=SQUARE_LABELS.__getitem__, disabled=as_mnist, wrap=True,
        help=f"Cropped and fitted pictures are scaled to {collections.STORED_SIDE} × {collections.STORED_SIDE} pixels. "
        "Patches keep the pictures' own resolution, to find small defects on the Anomalies page. Pictures that you "
        "later show to a model trained on them are prepared in the same way.",
    )  # fmt: skip
    if st.button("Save", icon=":material/save:", key="collection-save", disabled=not files):
        with st.spinner("Reading the pictures …"):
            patches = square == PATCHES and not as_mnist
            _save(name, files, MNIST_STEPS if as_mnist else SQUARE_STEPS.get(square, SQUARE_STEPS["crop"]), patches)
        st.rerun()
    for problem in session.COLLECTION_PROBLEMS.get():
        text.problem(problem)
    if message := session.COLLECTION_SAVED.get():
        st.caption(f":material/check: {message}")
        if session.RECIPE.get() == "anomaly":
            page = navigation.page_info("anomalies")
            st.page_link(
                page.file, label=f"Back to {page.title}", icon=page.icon, query_params=navigation.run_in_links()
            )
    st.caption(_limits())


def _limits() -> str:
    return (
        f"{collections.MIN_IMAGES} to {collections.MAX_IMAGES:,} pictures, each up to {MAX_BYTES / 1e6:.0f} MB and "
        f"{MAX_PIXELS / 1e6:.0f} megapixels (JPEG: {MAX_JPEG_PIXELS / 1e6:.0f}); zip files up to "
        f"{upload_limit.max_megabytes()} MB, whose folders become classes. They are stored on this server at "
        f"{collections.STORED_SIDE} × {collections.STORED_SIDE} pixels, or in patches of that size, until you delete "
        "them."
    )


def _delete_form(collection: ImageCollection) -> None:
    label = collections.collection_labels().get(collection.id, collection.name)
    st.caption(
        f"This permanently deletes the {collection.pictures:,} pictures of “{text.escaped(label)}”. "
        "Runs trained on them remain."
    )
    sure = st.checkbox("Yes, delete these pictures", key=f"sure-{collection.id}")
    st.button("Delete pictures", disabled=not sure, on_click=_delete, args=(collection,))


def _save(name: str, files: Sequence[UploadedFile], steps: Sequence[str], patches: bool) -> None:
    problems: list[str] = []
    given: list[str] = []
    session.COLLECTION_SAVED.set(None)
    try:
        collection = collections.create_collection(name, _images(files, given, problems), steps, patches)
    except ValueError as error:
        if given or not problems:  # else the problems of the files say it all
            problems.insert(0, str(error))
    except OSError as error:
        problems.insert(0, disk_error_message(settings().home, error))
    else:
        repeated, classes = len(given) - collection.pictures, class_note(collection.class_names, map(folder_of, given))
        omitted = f" {repeated:,} more are equal to others and left out." if repeated else ""
        saved = f"Saved {collection.pictures:,} pictures and selected them as the data.{omitted}"
        session.COLLECTION_SAVED.set(f"{saved} {classes}".strip())
        session.NEW_COLLECTION.set(collection.id)
        current = draft.value(("dataset",))
        same = {setting: current.get(setting) for setting in ("side", "color")}
        draft.fill_group("dataset", OwnImages.model_validate({"collection": collection.id, **same}))
        session.new_version(_FILES)
        upload_limit.release(files)
    if len(problems) > MAX_PROBLEMS:
        problems[MAX_PROBLEMS:] = [f"… and {len(problems) - MAX_PROBLEMS:,} more files that cannot be used."]
    session.COLLECTION_PROBLEMS.set(problems)


def _images(files: Sequence[UploadedFile], given: list[str], problems: list[str]) -> Iterator[ImageInFolder]:
    """Yield the usable images one by one, so that only one large image is in memory.

    Their labels are added to `given`, and what is wrong with the others to `problems`.
    """
    for file in files:
        for label, image in images_in(file):
            if isinstance(image, ImageError):
                problems.append(f"{label}: {image}")
            else:
                given.append(label)
                yield ImageInFolder(image, folder_of(label))


def _delete(collection: ImageCollection) -> None:
    session.COLLECTION_SAVED.set(None)
    try:
        collections.delete_collection(collection)
    except OSError as error:
        session.COLLECTION_PROBLEMS.set([disk_error_message(settings().home, error)])
        return
    session.COLLECTION_PROBLEMS.set([])
    draft.fill_group("dataset", OwnImages())
