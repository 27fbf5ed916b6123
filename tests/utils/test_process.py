from __future__ import annotations

import sys

import psutil
import pytest
import torch

from aecore.utils.process import freed_memory_kept, return_freed_memory

BLOCKS = (5 * 2**20,) * 5  # numbers; together far above what glibc keeps by default
KEPT = sum(BLOCKS) * 4 * 0.8  # bytes; the rest is for what else happens in between


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of glibc")
def test_freed_memory_is_kept_until_the_end() -> None:
    """Measured in bytes: the number of page faults depends on the size of the system's pages."""

    def resident() -> int:
        return int(psutil.Process().memory_info().rss)

    return_freed_memory()  # of the tests before
    before = resident()
    with freed_memory_kept():
        for _ in range(3):
            blocks = [torch.ones(size) for size in BLOCKS]
            del blocks
        kept = resident()
    returned = kept - resident()
    assert kept - before > KEPT
    assert returned > KEPT
