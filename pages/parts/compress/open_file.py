"""An .aez file that a visitor brings: its pictures, and the run whose model restored them."""

from __future__ import annotations

import hashlib

import streamlit as st
from torch import Tensor

from aecore.errors import AecoreError
from aecore.evaluation.compression.aez import Header
from aecore.images import tile, to_pixels, to_png
from aecore.runs.compression.codecs import runs_with_weights
from aecore.runs.compression.files import decompress_images
from aecore.runs.run import Run
from pages.parts.images.html import sheets
from pages.parts.server import upload_limit
from pages.parts.shell import errors, navigation, resources, text

COLUMNS, MAX_SHOWN = 12, 48


@errors.fragment("The file")
def open_file(selected: Run) -> None:
    """Draw the field for a file, and its pictures or the reason why it cannot be opened."""
    with st.container(key="columns-open"):
        left, right = st.columns([3, 7], gap="large")
    with left:
        file = st.file_uploader(  # of any type: the browser would refuse others without a reason
            "An .aez file", key="aez-file", label_visibility="collapsed", max_upload_size=upload_limit.max_megabytes()
        )
    with right:
        if file is None:
            st.caption(
                "Drop an .aez file on the field. It opens with the model that compressed it, whichever run is "
                "selected, if that run is on this server."
            )
            return
        try:
            content = upload_limit.content(file)
            images, header, run = _opened(hashlib.sha1(content).hexdigest(), content)
        except AecoreError as error:
            text.problem(str(error))
            return
        _pictures(images, header, run, content)
        if run.id != selected.id:
            page = navigation.page_info("compress")
            st.page_link(page.file, label="Select this run", icon=page.icon, query_params={"run": run.id})


def _pictures(images: Tensor, header: Header, run: Run, content: bytes) -> None:
    _, height, width = header.shape
    plural = f"{header.pictures:,} picture{'s' if header.pictures > 1 else ''}"
    st.markdown(
        f"{plural} of {height} × {width} pixels from **{header.file_bytes:,} bytes**, restored by "
        f"“{text.escaped(run.state().name)}”, step {header.step:,}."
    )
    rows = [images[i : i + COLUMNS] for i in range(0, len(images), COLUMNS)]
    sheets([(f"{1 + COLUMNS * i}", to_pixels(row)) for i, row in enumerate(rows)], COLUMNS)
    if header.pictures > len(images):
        st.caption(f"The first {len(images)}; the download has all.")
    st.download_button(
        "Download as PNG", lambda: _sheet(content), "pictures.png", "image/png", icon=":material/download:",
        on_click="ignore", key="download-opened",
    )  # fmt: skip


@st.cache_data(max_entries=16, show_spinner="Opening the file …")
def _opened(digest: str, _content: bytes) -> tuple[Tensor, Header, Run]:
    """The first pictures, the header, and the run with the model."""
    runs = resources.store().runs()
    images, header = decompress_images(_content, runs)
    return images[:MAX_SHOWN].clone(), header, runs_with_weights(header, runs)[0]


def _sheet(content: bytes) -> bytes:
    images, _ = decompress_images(content, resources.store().runs())
    return to_png(tile(to_pixels(images), COLUMNS, background=0))
