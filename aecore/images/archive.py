"""Zips of pictures: what lies in them, one file at a time, in memory only."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from aecore.errors import ImageError
from aecore.images.limits import MOST_BYTES

MOST_ZIP_BYTES = 200_000_000  # of a zip
MOST_FILES = 10_000  # in a zip
MOST_UNPACKED = 500_000_000  # bytes of all files in a zip together

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # a first file, or the end of an empty zip
_ENTRY = b"PK\x01\x02"  # in the table of contents
_MOST_ENTRIES = 4 * MOST_FILES  # folders count here, and what macOS adds to each file
_MOST_EXTRA = 512  # bytes that an entry adds; zipfile takes time for the square of them
_LOCKED = 0x1
_LITTER = ("thumbs.db", "desktop.ini")
_LONGEST_LABEL = 80


def unpack(name: str, data: bytes) -> Iterator[tuple[str, bytes | ImageError]]:
    """Files that could be pictures, with their names: those in a zip, which is told by its content, or `data` itself.

    A file that cannot be had comes as the reason why, and does not stop the others. Its name is a label, never a path:
    the last part of what the zip calls it. Folders and hidden files are left out.
    """
    name = _label(name)
    if not isinstance(data, bytes) or not data.startswith(_ZIP):
        yield name, data
        return
    try:
        archive, members = _opened(name, data)
    except ImageError as error:
        yield name, error.with_traceback(None)  # which would keep the zip in memory
        return
    left = MOST_UNPACKED
    for label, member in members:
        if refusal := _refusal(member):
            yield label, ImageError(refusal)
            continue
        left -= member.file_size  # nothing is read further than this, whatever comes
        if left < 0:
            most = f"{MOST_UNPACKED / 1e6:g} MB"
            yield name, ImageError(f"{name!r} unpacks to over {most}, and was read up to {label!r} only; split it.")
            return
        yield label, _content(archive, member)


def _opened(name: str, data: bytes) -> tuple[ZipFile, list[tuple[str, ZipInfo]]]:
    """A zip, and its members that could be pictures, with their labels."""
    if len(data) > MOST_ZIP_BYTES:
        size, most = f"{len(data) / 1e6:,.0f} MB", f"{MOST_ZIP_BYTES / 1e6:g} MB"
        raise ImageError(f"{name!r} has {size}; a zip may have at most {most}, so split it into several.")
    entries = data.count(_ENTRY)  # counted first, as each takes a thousand bytes when it is read
    if entries > _MOST_ENTRIES:
        raise _crowded(name, entries)
    extras = (data[found.start() + 30 : found.start() + 32] for found in re.finditer(_ENTRY, data))
    if any(int.from_bytes(extra, "little") > _MOST_EXTRA for extra in extras):
        raise _damaged(name)
    try:
        archive = ZipFile(io.BytesIO(data))
    except Exception as error:  # of many kinds, for damage of many kinds
        raise _damaged(name) from error
    if sum(member.compress_size for member in archive.infolist()) > len(data):  # members share their bytes
        raise _damaged(name)
    labelled = ((_label(member.filename), member) for member in archive.infolist())
    members = [(label, member) for label, member in labelled if _is_meant(label, member)]
    if len(members) > MOST_FILES:
        raise _crowded(name, len(members))
    return archive, members


def _crowded(name: str, count: int) -> ImageError:
    return ImageError(f"{name!r} holds {count:,} files; at most {MOST_FILES:,} can be read, so split it into several.")


def _damaged(name: str) -> ImageError:
    return ImageError(f"{name!r} is a damaged or incomplete zip; make it again, or bring the pictures themselves.")


def _label(path: str) -> str:
    last = path[max(path.rfind(sign) for sign in "/\\:") + 1 :]
    return "".join(sign if sign.isprintable() else "?" for sign in last[-_LONGEST_LABEL:])


def _is_meant(label: str, member: ZipInfo) -> bool:
    hidden = not label or label.startswith(".") or label.lower() in _LITTER
    return not (hidden or member.is_dir() or re.search(r"(^|[/\\])__MACOSX[/\\]", member.filename))


def _refusal(member: ZipInfo) -> str:
    """Why a member is not even unpacked, or nothing."""
    if member.flag_bits & _LOCKED:
        return "This file is locked with a password; make the zip again without one."
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # others cannot be unpacked in bounded memory
        return "This file is packed in a way that cannot be read; make the zip again as an ordinary one."
    if member.file_size > MOST_BYTES:
        size, most = f"{member.file_size / 1e6:,.1f} MB", f"{MOST_BYTES / 1e6:g} MB"
        return f"This file has {size} unpacked; a picture may have at most {most}, so make it smaller."
    return ""


def _content(archive: ZipFile, member: ZipInfo) -> bytes | ImageError:
    try:
        with archive.open(member) as file:
            content = file.read(member.file_size + 1)  # a lie about the size ends in a wrong checksum
    except Exception:
        return ImageError("This file is damaged in its zip; add it to the zip again.")
    if content.startswith(_ZIP):
        return ImageError("This is a zip within a zip; unpack it first, and bring it by itself.")
    return content
