"""Several pictures in one zip: its members' bytes, none of them trusted and none ever written to the disk."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from aecore.images.limits import MOST_BYTES, ImageError
from aecore.images.prepare import Picture
from aecore.images.read import read_image

MOST_FILES = 10_000  # in a zip
MOST_ZIP_BYTES = 200_000_000
MOST_UNPACKED = 1_000_000_000  # bytes of all members together

_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
_PIECE = 1 << 20

#: What a damaged or hostile zip makes the library raise.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, KeyError, IndexError)
_UNKNOWN = (NotImplementedError, RuntimeError, *_DAMAGED)  # compressed or locked in a way that is not read


def pictures_in(name: str, data: bytes) -> Iterator[tuple[str, Picture | ImageError]]:
    """The pictures of a file, or of every file in a zip, by name; what is none comes as the error that says so."""
    for member, content in unpack(name, data):
        try:
            yield member, content if isinstance(content, ImageError) else read_image(content)
        except ImageError as error:
            yield member, error


def unpack(name: str, data: bytes) -> Iterator[tuple[str, bytes | ImageError]]:
    """The files in a zip, by name; of anything else the file itself.

    Args:
        name: what the file is called; only shown to a person, as the members' names are: their last part.
        data: its bytes. Whether it is a zip is told by them.

    Yields:
        A name, and the bytes or why there are none. A member that cannot be read does not stop the others.
    """
    if not data.startswith(_BEGINNINGS):
        yield _label(name), data
        return
    try:
        if len(data) > MOST_ZIP_BYTES:
            raise ImageError(
                f"This zip has {len(data) / 1e6:.0f} MB; it may have at most {MOST_ZIP_BYTES / 1e6:.0f} MB. Divide it."
            )
        yield from _members(data)
    except ImageError as error:
        yield _label(name), error
    except _UNKNOWN:
        yield _label(name), ImageError("This zip is damaged or incomplete. Pack it again, and try again.")


def _members(data: bytes) -> Iterator[tuple[str, bytes | ImageError]]:
    left = MOST_UNPACKED
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_hidden(entry.filename)]
        if len(files) > MOST_FILES:
            raise ImageError(f"This zip holds {len(files):,} files; it may hold at most {MOST_FILES:,}. Divide it.")
        for entry in files:
            try:
                content = _content(archive, entry, left)
            except ImageError as error:
                yield _label(entry.filename), error
                continue
            left -= len(content)
            yield _label(entry.filename), content


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """A member's bytes, counted as they come: what its header says of its size is not believed."""
    pieces, most = [], min(MOST_BYTES, left)
    try:
        with archive.open(entry) as member:
            while piece := member.read(_PIECE):
                pieces.append(piece)
                most -= len(piece)
                if most < 0:
                    raise ImageError(_too_large(left))
    except _UNKNOWN as error:
        raise ImageError("It cannot be unpacked: it is damaged, locked by a password, or packed unusually.") from error
    content = b"".join(pieces)
    if content.startswith(_BEGINNINGS):
        raise ImageError("It is a zip inside a zip. Unpack it first.")
    return content


def _too_large(left: int) -> str:
    if left < MOST_BYTES:
        return f"The zip holds more than {MOST_UNPACKED / 1e6:,.0f} MB in all, so it was left out. Divide the zip."
    return f"It has more than {MOST_BYTES / 1e6:.0f} MB unpacked, which is the most for a picture. Make it smaller."


def _is_hidden(path: str) -> bool:
    """What a system adds to a zip by itself."""
    parts = path.replace("\\", "/").split("/")
    return "__MACOSX" in parts or parts[-1].startswith(".") or parts[-1].lower() in ("thumbs.db", "desktop.ini")


def _label(path: str) -> str:
    """A name to show: the last part of a path, printable and not too long."""
    last = path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return "".join(c if c.isprintable() else "?" for c in last)[-80:] or "unnamed"
