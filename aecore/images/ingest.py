"""Ingestion of uploaded files: image files and zips of them to pixel arrays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from aecore.errors import ImageError, OnlyFirstUsed
from aecore.images.archive import MAX_ZIP_BYTES, is_zip, label_of, unpack
from aecore.images.limits import MAX_BYTES
from aecore.images.prepare import ImageArray
from aecore.images.read import read_first_image


def ingest(name: str, data: bytes) -> Iterator[tuple[str, ImageArray | ImageError]]:
    """Yield the label and the image of a file, or of each file in a zip; an unreadable file yields its error.

    A label is the file's name; in a zip after the name of the folder that holds it, if any, and a slash. After the
    first image of a file with several, such as pages or frames, `OnlyFirstUsed` follows.
    """
    for member, content in unpack(name, data):
        if isinstance(content, ImageError):
            yield member, content
            continue
        try:
            image, has_more = read_first_image(content)
        except ImageError as error:
            yield member, error
            continue
        yield member, image
        if has_more:
            yield member, OnlyFirstUsed("Of several images in this file only the first is used; save each as a file.")


def ingest_file(path: Path, has_folder: bool = False) -> Iterator[tuple[str, ImageArray | ImageError]]:
    """Yield the images of a file on the disk, as `ingest`. A file that is too large is not read.

    Args:
        path: of the file.
        has_folder: whether the label contains the name of the folder that holds the file, unless it is a zip.
    """
    label = label_of(os.path.abspath(path)) if has_folder else path.name
    try:
        with path.open("rb") as file:
            size, what, limit = path.stat().st_size, "an image", MAX_BYTES
            if is_zip(file.read(4)):
                what, limit = "a zip", MAX_ZIP_BYTES
            if size > limit:
                raise ImageError(f"This file has {size / 1e6:,.1f} MB; {what} may have at most {limit / 1e6:g} MB.")
            file.seek(0)
            data = file.read(limit + 1)
    except OSError as error:
        yield label, ImageError(f"This file cannot be read: {(error.strerror or str(error)).lower()}.")
    except ImageError as error:
        yield label, error
    else:
        zipped = is_zip(data)
        for name, image in ingest(path.name, data):
            yield (name if zipped else label), image
