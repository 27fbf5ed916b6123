"""The memory of this process between the steps of a training."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # parameters of glibc's `mallopt`
_LARGEST_BLOCK = 2**28  # bytes; larger ones, such as a data set, go back at once
_LARGEST_REST = 2**30  # bytes


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Inside, keep the memory of freed tensors for the next ones instead of returning it to the operating system.

    By default, glibc returns it after each step of a large network, and the next step waits for thousands of page
    faults: a quarter of the time of a convolutional network. At the end, the memory goes back. Does nothing with other
    C libraries, which have no such setting.
    """
    library = _glibc()
    try:
        yield
    finally:
        if library:
            library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    """The C library with its settings made, once in a process; None if it is another one."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    if not hasattr(library, "malloc_trim"):
        return None
    library.mallopt(_MMAP_THRESHOLD, _LARGEST_BLOCK)
    library.mallopt(_TRIM_THRESHOLD, _LARGEST_REST)
    return library
