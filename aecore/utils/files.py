"""Atomic files and folders: neither a reader nor a crash ever leaves or sees a partial one."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: Seconds between the tries to change a file or folder that another program has open; the first ones alone for a file
#: that may be skipped.
SECONDS_BETWEEN_TRIES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.5, 0.5, 0.5, 0.5)
IMPATIENT_TRIES = 5


def replace_file(path: Path, content: bytes, durable: bool = True, patient: bool = True) -> None:
    """Write `content` to `path` atomically: write a temporary file, flush it to the disk, rename it.

    Args:
        path: target path, in an existing folder.
        content: the whole content.
        durable: survive a power failure as well. Without it the file survives only a killed process, but writing is
            much faster.
        patient: try for three seconds where another program has the file open, not for half a second.

    Raises:
        OSError: the disk is full or read-only; `path` is unchanged.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        _try_again_while_open(lambda: os.replace(temporary, path), patient)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    if durable:
        sync_folder(path.parent)


def remove_file(path: Path) -> None:
    """Delete a file, if it exists. Raises OSError."""
    _try_again_while_open(lambda: path.unlink(missing_ok=True))


def _try_again_while_open(act: Callable[[], None], patient: bool = True) -> None:
    """Change a file or folder. Windows refuses this as long as a page or a virus scanner has it open."""
    for seconds in SECONDS_BETWEEN_TRIES[: None if patient else IMPATIENT_TRIES]:
        try:
            act()
            return
        except PermissionError:
            time.sleep(seconds)
    act()


@contextmanager
def create_folder_atomically(folder: Path, replace: bool = False) -> Iterator[Path]:
    """Create a folder whose files appear all at once, when the `with` block ends.

    The block writes to the temporary folder that it receives. If the block raises, the temporary folder is removed.

    Args:
        folder: target path; missing parents are created.
        replace: remove an existing folder at the target first.

    Yields:
        The temporary folder, next to the target.

    Raises:
        OSError: the disk is full or read-only, or the target exists.
    """
    temporary = _hidden_sibling(folder)
    try:
        temporary.mkdir(parents=True)
        yield temporary
        if replace:
            remove_folder(folder)
        _try_again_while_open(lambda: os.rename(temporary, folder))
        sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def remove_folder(folder: Path) -> None:
    """Delete a folder; do nothing if there is none. It is renamed first, so no reader sees it partially deleted."""
    renamed = _hidden_sibling(folder)
    with suppress(FileNotFoundError):
        _try_again_while_open(lambda: os.rename(folder, renamed))
        shutil.rmtree(renamed, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` durable. Windows has no such call and needs none."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def disk_error_message(folder: Path, error: OSError) -> str:
    """Return a message for users: why nothing can be stored in `folder`, and what to do.

    An error without an error number was raised by this package, and its message is returned unchanged.
    """
    if error.errno is None:
        return str(error)
    reason = (error.strerror or type(error).__name__).lower()
    return f"Cannot write to {folder}: {reason}. Free some space, or set AECORE_HOME to another folder."


def _hidden_sibling(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
