"""Locks between processes, also on file systems that have none, such as some network homes."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

#: Errors of `flock` and its like that mean "not here" rather than "somebody else holds it". See flock(2).
_UNSUPPORTED = {errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP}


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
    try:
        with FileLock(path, timeout=0, fallback_to_soft=False):
            return True
    except (NotImplementedError, Timeout):  # nobody else knows of this file
        return False
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            return False
        raise
    finally:
        path.unlink(missing_ok=True)
