"""Memory allocation of training processes on Linux."""

from __future__ import annotations

import ctypes
import sys

# From malloc.h; see mallopt(3). 32 MB is the largest threshold that glibc accepts for mmap.
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -3, -1
_MMAP_THRESHOLD = 32 * 2**20
_TRIM_THRESHOLD = 2**31 - 1


def keep_freed_memory() -> None:
    """Configure glibc to keep freed memory in the process; do nothing on other platforms.

    Each training step frees and allocates the same blocks. By default glibc returns them to the system, and each new
    allocation starts with empty pages. Measured on 2 cores: a step of the convolutional recipe takes 0.36 s instead
    of 0.40 to 0.48 s; dense networks are unaffected.
    """
    if sys.platform == "linux":
        try:
            mallopt = ctypes.CDLL(None).mallopt
        except AttributeError:  # another C library
            return
        mallopt(_M_MMAP_THRESHOLD, _MMAP_THRESHOLD)
        mallopt(_M_TRIM_THRESHOLD, _TRIM_THRESHOLD)
