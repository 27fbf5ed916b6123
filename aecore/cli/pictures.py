"""The pictures that arguments name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aecore.errors import ImageError, InvalidArguments
from aecore.utils.one_line import one_line

if TYPE_CHECKING:
    from aecore.images import ImageArray


def read_pictures(paths: Sequence[Path]) -> Iterator[tuple[str, ImageArray]]:
    """Yield the label and the pixels of each picture in image files, zip files and folders; print why others fail.

    Raises:
        InvalidArguments: a path does not exist.
    """
    from tqdm import tqdm

    from aecore.images import ingest_file

    if missing := [str(path) for path in paths if not path.exists()]:
        raise InvalidArguments(f"No such file or folder: {', '.join(missing)}.")
    files = [
        (file, path.is_dir())
        for path in paths
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if _is_file(file)
    ]
    for file, has_folder in tqdm(files, unit=" files", file=sys.stderr):
        for label, image in ingest_file(file, has_folder):
            if isinstance(image, ImageError):
                tqdm.write(one_line(f"{label}: {image}"), sys.stderr)
            else:
                yield label, image


def _is_file(path: Path) -> bool:
    """Whether a path is to be read; one that cannot be looked at is read, so that its error is printed."""
    return os.path.isfile(path) or not os.path.exists(path)
