"""From files that people bring to pictures: each by its name, with its pixels or the reason why there are none."""

from __future__ import annotations

from collections.abc import Iterator

from aecore.errors import ImageError
from aecore.images.archive import unpack
from aecore.images.prepare import Picture
from aecore.images.read import read_image


def pictures_in(name: str, data: bytes) -> Iterator[tuple[str, Picture | ImageError]]:
    """The pictures of a file, or of every file in a zip, by name; what is none comes as the error that says so."""
    for member, content in unpack(name, data):
        try:
            yield member, content if isinstance(content, ImageError) else read_image(content)
        except ImageError as error:
            yield member, error
