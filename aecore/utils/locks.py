"""Locks between processes, also on file systems that have none, such as some network homes."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock


def file_lock(path: Path, timeout: float = -1) -> BaseFileLock:
    """Return a lock that one process at a time can hold, which its death releases.

    Where the file system has no locks, the lock is a second file that names its process. A later process removes it if
    that one has died.

    Args:
        path: the lock's file, in an existing folder.
        timeout: seconds after which acquiring it raises filelock.Timeout; negative to wait without end.

    Raises:
        OSError: the folder cannot be written.
    """
    if _has_locks(os.stat(path.parent).st_dev, path.parent):
        return FileLock(path, timeout=timeout)
    return SoftFileLock(path.with_name(f"{path.name}.soft"), timeout=timeout)


_by_device: dict[int, bool] = {}


def _has_locks(device: int, folder: Path) -> bool:
    """Whether the file system has locks; tried once for each."""
    if device not in _by_device:
        _by_device[device] = _try_lock(folder / f".lock-{secrets.token_hex(4)}")
    return _by_device[device]


def _try_lock(path: Path) -> bool:
    path.touch()  # raises the errors of the folder, so that those below are the lock's
    try:
        with FileLock(path, timeout=0, fallback_to_soft=False):
            return True
    except (NotImplementedError, OSError):  # nobody else knows of this file, so nobody holds its lock
        return False
    finally:
        path.unlink(missing_ok=True)
