"""Pictures of the test set or of the visitor, compressed by the selected run to an .aez file."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from aecore.analysis.metrics import psnr
from aecore.config.run_config import RunConfig
from aecore.data.pixels import to_float, to_stored
from aecore.errors import InvalidInput
from aecore.evaluation.compression.aez import Header, write_aez
from aecore.evaluation.compression.image_files import FORMATS
from aecore.evaluation.compression.methods import BITS, model_method
from aecore.evaluation.outliers import to_input_batch
from aecore.images import prepare, to_pixels
from aecore.runs.compression.codecs import DEFAULT_BITS, in_run_folder, stored_codec
from aecore.runs.compression.files import decompress_images
from aecore.runs.run import Run
from pages.parts.compress.points import decibels
from pages.parts.images import uploads
from pages.parts.images.html import sheets
from pages.parts.images.shuffle import sample_seed, shuffle_button
from pages.parts.images.uploads import DRAW, PHOTO, TEST_SET, UPLOAD
from pages.parts.runs import computing
from pages.parts.shell import errors, resources, session, text

SHOWN = 12
MAX_TEST_IMAGES = 200
PROMPTS = {
    UPLOAD: "Drop pictures on the field, or select files. They become one .aez file.",
    PHOTO: "Take a photo, and it becomes an .aez file.",
    DRAW: "Draw on the black canvas. The file follows your pen.",
}


class _NotFitted(Exception):
    """The quantizer and the prior of this setting are not stored yet."""


@errors.fragment("The file")
def save_file(run: Run, config: RunConfig) -> None:
    """Draw the choice of pictures and bits, and the file: its size, what it keeps of the pictures, and the download."""
    row = st.container(horizontal=True, vertical_alignment="bottom", key="controls-file")
    source = uploads.source_control(row, (TEST_SET, UPLOAD, PHOTO, DRAW), "compress-source")
    bits = None
    if model_method(resources.model(run)) == "codes":
        bits = row.slider(
            "Bits per number", BITS[0], BITS[-1], DEFAULT_BITS, key=session.FILE_BITS.name, width=170,
            bind="query-params",
        )  # fmt: skip
    if source == TEST_SET:
        images = _test_images(config, row)
        _file(run, config, images, bits)
        return
    with st.container(key="columns"):
        left, right = st.columns([3, 7], gap="large")
    with left:
        own = uploads.own_images(config.dataset, source, "draw-compress")
    with right:
        if own:
            prepared = [prepare(image, config.dataset.input_shape, config.dataset.preparation) for image in own]
            _file(run, config, to_stored(to_input_batch(prepared), is_image=True), bits)
        else:
            st.caption(PROMPTS[source])


def _test_images(config: RunConfig, row: DeltaGenerator) -> Tensor:
    images = resources.data(config.dataset).test.images
    count = _count(row, min(MAX_TEST_IMAGES, len(images)))
    shuffle_button(row, "compress")
    generator = torch.Generator().manual_seed(sample_seed("compress"))
    return to_stored(to_float(images[torch.randperm(len(images), generator=generator)[:count]]), is_image=True)


def _count(row: DeltaGenerator, most: int) -> int:
    if most == 1:
        return 1
    session.FILE_COUNT.correct(lambda count: count <= most, most)
    return row.slider(
        "Count", 1, most, min(SHOWN, most), key=session.FILE_COUNT.name, width=170, bind="query-params"
    )  # fmt: skip


def _file(run: Run, config: RunConfig, images: Tensor, bits: int | None) -> None:
    digest = hashlib.sha1(images.numpy().tobytes()).hexdigest()
    try:
        content, returned, header = _compressed(run.id, run.model_step(), bits, digest, run, images)
    except _NotFitted:
        label = "Fitting the entropy coder to training images."
        chosen = () if bits is None else (str(bits),)
        computing.request(run, "codecs", label, *chosen, folder="compression", heavy=False)
        return
    except InvalidInput as error:  # the tables of so many bits do not fit into a file
        text.problem(str(error))
        return
    st.markdown(_size_text(header, images, config.dataset.unit))
    st.download_button(
        "Download as .aez", content, f"{run.id}.aez", "application/octet-stream", icon=":material/download:",
        on_click="ignore", key="download-aez",
    )  # fmt: skip
    shown, back = images[:SHOWN], returned[:SHOWN]
    mse = (to_float(shown) - to_float(back)).square().flatten(1).mean(dim=1).tolist()
    rows = [("as given to the model", to_pixels(shown)), ("from the file", to_pixels(back))]
    sheets(rows, SHOWN, [decibels(psnr(e)).removesuffix(" dB") for e in mse])
    st.caption(("" if len(images) <= SHOWN else f"The first {SHOWN} of {len(images)}. ") + "Above each: PSNR in dB.")


@st.cache_data(max_entries=32, show_spinner=False)
def _compressed(
    run_id: str, step: int | None, bits: int | None, digest: str, _run: Run, _images: Tensor
) -> tuple[bytes, Tensor, Header]:
    """The file, and what opening it returns."""
    source = stored_codec(_run, bits)
    if source is None:
        raise _NotFitted
    content = write_aez(_images, source, contained=not in_run_folder(_run, source))
    return content, *decompress_images(content, [_run])


def _size_text(header: Header, images: Tensor, unit: str) -> str:
    """The size of the file, what it consists of, and that of PNG files."""
    pixels = header.pictures * header.shape[1] * header.shape[2]
    png = sum(len(FORMATS["png"].save(np.ascontiguousarray(image), 100)) for image in to_pixels(images))
    plural = f"{header.pictures:,} {unit}{'s' if header.pictures > 1 else ''}"
    head = header.file_bytes - header.payload_bytes
    tables = "header, checksum, and quantizer and entropy coder's tables" if header.contained else "header and checksum"
    return (
        f"**{header.file_bytes:,} bytes** for {plural}: {8 * header.file_bytes / pixels:.3f} bits per pixel. Of these, "
        f"{header.payload_bytes:,} bytes are codes ({8 * header.payload_bytes / pixels:.3f} bits per pixel), and "
        f"{head:,} are {tables}. As PNG: {png:,} bytes."
    )
