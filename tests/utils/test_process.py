from __future__ import annotations

import sys

import pytest
import torch

from aecore.utils.process import freed_memory_kept, return_freed_memory

BLOCKS = (2**21, 2**22)  # numbers; together far above what glibc keeps by default


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of glibc")
def test_freed_memory_is_used_again_without_page_faults() -> None:
    import resource

    def faults() -> int:
        """The page faults of allocating and freeing the blocks."""
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        blocks = [torch.zeros(size) for size in BLOCKS]
        del blocks
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    return_freed_memory()  # of the tests before
    with freed_memory_kept():
        first, *_, last = [faults() for _ in range(5)]
    assert first > 1000
    assert last < 100
    assert faults() > 1000, "the memory was returned"
