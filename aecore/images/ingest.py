"""Ingestion of uploaded files: image files and zips of them to pixel arrays."""

from __future__ import annotations

from collections.abc import Iterator

from aecore.errors import ImageError
from aecore.images.archive import unpack
from aecore.images.prepare import ImageArray
from aecore.images.read import read_image


def ingest(name: str, data: bytes) -> Iterator[tuple[str, ImageArray | ImageError]]:
    """Yield the name and the image of a file, or of each file in a zip; an unreadable file yields its error."""
    for member, content in unpack(name, data):
        try:
            yield member, content if isinstance(content, ImageError) else read_image(content)
        except ImageError as error:
            yield member, error
