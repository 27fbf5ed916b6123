"""Memory that a training has freed stays with its process, for the next step to use."""

from __future__ import annotations

import ctypes
import sys

# From malloc.h; mallopt(3). 32 MB is the most that glibc accepts as the first.
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -3, -1
_LARGEST_FROM_HEAP = 32 * 2**20
_KEPT = 2**31 - 1


def keep_freed_memory() -> None:
    """Tell glibc to keep what is freed; elsewhere nothing happens.

    Every step frees and takes the same blocks, and by default each goes back to the system and returns as empty pages.
    Measured on 2 cores: a step of the convolutional recipe 0.36 s instead of 0.40 to 0.48 s, dense ones unchanged.
    """
    if sys.platform == "linux":
        try:
            mallopt = ctypes.CDLL(None).mallopt
        except AttributeError:  # another C library
            return
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_FROM_HEAP)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
