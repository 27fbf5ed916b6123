"""Untrusted zip archives of images, read one file at a time, in memory only."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from aecore.errors import ImageError
from aecore.images.limits import MAX_BYTES

MAX_ZIP_BYTES = 200_000_000  # per archive
MAX_FILES = 10_000  # per archive
MAX_UNPACKED_BYTES = 500_000_000  # all files of an archive together

_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")  # of the first file, or of the end of an empty archive
_ENTRY_SIGNATURE = b"PK\x01\x02"  # in the central directory
_MAX_ENTRIES = 4 * MAX_FILES  # includes folders and the files that macOS adds
_MAX_EXTRA_BYTES = 512  # per entry; zipfile takes quadratic time for the extra field
_ENCRYPTED = 0x1
_SYSTEM_FILES = ("thumbs.db", "desktop.ini")
_FOLDERS = re.compile(r"^(.*[/\\]|[A-Za-z]:)", re.DOTALL)  # a colon elsewhere belongs to the name
_NO_FOLDER = re.compile(r"|\.\.?|[A-Za-z]:")  # none, this one, the one above, or a drive
_MAX_LABEL_LENGTH = 80  # of each part


def is_zip(data: bytes) -> bool:
    """Return whether a file with this beginning is a zip archive."""
    return data.startswith(_ZIP_SIGNATURES)


def unpack(name: str, data: bytes) -> Iterator[tuple[str, bytes | ImageError]]:
    """Yield the files of a zip archive; yield `data` itself if it is no archive.

    Folders, hidden files and files that operating systems add are skipped.

    Args:
        name: name of the file.
        data: content of the file; an archive is recognized by its content.

    Yields:
        The label of each file with its content, or with the error that explains why it cannot be read. A label is the
        last part of the file's path in the archive, after that of the folder that holds it: "cats/1.png".
    """
    name = _name(name)
    if not isinstance(data, bytes) or not data.startswith(_ZIP_SIGNATURES):
        yield name, data
        return
    try:
        archive, members = _open(data)
    except ImageError as error:
        yield name, error.with_traceback(None)  # a traceback would keep the archive in memory
        return
    remaining = MAX_UNPACKED_BYTES
    for label, member in members:
        if rejection := _rejection(member):
            yield label, ImageError(rejection)
            continue
        remaining -= member.file_size  # `_content` reads no more than this
        if remaining < 0:
            limit = f"{MAX_UNPACKED_BYTES / 1e6:g} MB"
            yield (
                name,
                ImageError(f"This zip unpacks to more than {limit}; it was read only up to {label!r}, so split it."),
            )
            return
        yield label, _content(archive, member)


def _open(data: bytes) -> tuple[ZipFile, list[tuple[str, ZipInfo]]]:
    """Open an archive; return it with the labels and entries of its files, without the skipped ones."""
    if len(data) > MAX_ZIP_BYTES:
        size, limit = f"{len(data) / 1e6:,.0f} MB", f"{MAX_ZIP_BYTES / 1e6:g} MB"
        raise ImageError(f"This zip has {size}; a zip may have at most {limit}, so split it into several.")
    entries = data.count(_ENTRY_SIGNATURE)  # counted before parsing, which takes a kilobyte of memory for each
    if entries > _MAX_ENTRIES:
        raise _too_many_files(entries)
    extras = (data[found.start() + 30 : found.start() + 32] for found in re.finditer(_ENTRY_SIGNATURE, data))
    if any(int.from_bytes(extra, "little") > _MAX_EXTRA_BYTES for extra in extras):
        raise _damaged()
    try:
        archive = ZipFile(io.BytesIO(data))
    except Exception as error:  # zipfile raises many kinds for damaged archives
        raise _damaged() from error
    if sum(member.compress_size for member in archive.infolist()) > len(data):  # overlapping files
        raise _damaged()
    members = [(label_of(member.filename), member) for member in archive.infolist() if _is_user_file(member)]
    if len(members) > MAX_FILES:
        raise _too_many_files(len(members))
    return archive, members


def _too_many_files(count: int) -> ImageError:
    return ImageError(f"This zip holds {count:,} files; at most {MAX_FILES:,} can be read, so split it into several.")


def _damaged() -> ImageError:
    return ImageError("This is a damaged or incomplete zip; create it again, or upload the images directly.")


def label_of(path: str) -> str:
    """Return the label of a file: the name of the folder that holds it, if there is one, a slash, and its own name."""
    found = _FOLDERS.match(path)
    folder = _printable(re.split(r"[/\\]", found[0].rstrip("/\\"))[-1])[:_MAX_LABEL_LENGTH] if found else ""
    return _name(path) if _NO_FOLDER.fullmatch(folder) else f"{folder}/{_name(path)}"


def folder_of(label: str) -> str:
    """Return the name of the folder in a label; empty if there is none."""
    return label.rpartition("/")[0]


def _name(path: str) -> str:
    return _printable(_FOLDERS.sub("", path)[-_MAX_LABEL_LENGTH:])


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def _is_user_file(member: ZipInfo) -> bool:
    label = _name(member.filename)
    hidden = not label or label.startswith(".") or label.lower() in _SYSTEM_FILES
    return not (hidden or member.is_dir() or re.search(r"(^|[/\\])__MACOSX[/\\]", member.filename))


def _rejection(member: ZipInfo) -> str:
    """Return the reason why a file is not unpacked, or an empty string."""
    if member.flag_bits & _ENCRYPTED:
        return "This file is protected by a password; create the zip again without one."
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # other methods need unbounded memory
        return "This file has an unsupported compression; create the zip again with standard compression."
    if member.file_size > MAX_BYTES:
        size, limit = f"{member.file_size / 1e6:,.1f} MB", f"{MAX_BYTES / 1e6:g} MB"
        return f"This file has {size} unpacked; an image may have at most {limit}, so make it smaller."
    return ""


def _content(archive: ZipFile, member: ZipInfo) -> bytes | ImageError:
    try:
        with archive.open(member) as file:
            content = file.read(member.file_size + 1)  # a false size leads to a wrong checksum
    except Exception:
        return ImageError("This file is damaged in its zip; add it to the zip again.")
    if content.startswith(_ZIP_SIGNATURES):
        return ImageError("This is a zip within a zip; unpack it and upload it separately.")
    return content
