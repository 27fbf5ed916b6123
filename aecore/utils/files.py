"""Writing files so that a reader, or a crash, never meets half of one."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, content: bytes, durable: bool = True) -> None:
    """Put `content` at `path` in one step: write beside it, flush to the disk, rename.

    Args:
        path: where the content shall stand, in a folder that exists.
        content: all of it.
        durable: survive a power cut as well; without it only a killed process is survived, at a fraction of the time.

    Raises:
        OSError: the disk is full or read-only; what stood at `path` before still stands there.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    if durable:
        sync_folder(path.parent)


def cannot_write(folder: Path, error: OSError) -> str:
    """Why nothing can be kept in a folder, for a person; an error of our own already is a sentence."""
    if error.errno is None:
        return str(error)
    reason = (error.strerror or type(error).__name__).lower()
    return f"Nothing can be kept in {folder}: {reason}. Make room there, or set AECORE_HOME to another folder."


def sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows has no such call and needs none."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
