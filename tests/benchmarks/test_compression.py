"""The benchmark of compression."""

from __future__ import annotations

import torch

from aecore.evaluation.compression.rates import SINGLE, TOGETHER, Curve, Point
from benchmarks.compression import rows

IMAGES = torch.zeros(10, 1, 4, 5, dtype=torch.uint8)


def curve(sizes: list[int], decoder_bytes: int, psnr: float = 20) -> Curve:
    """A curve of one setting with 30 bytes less all in one file."""
    points = [
        Point(4, packing, size, 0, 0, 8 * size / 200, psnr, None)
        for size in sizes
        for packing, size in ((SINGLE, size), (TOGETHER, size - 30))
    ]
    return Curve("codes" if decoder_bytes else "png", "Codes", "bits", tuple(points), decoder_bytes)


def test_break_even_is_the_mean_over_the_seeds() -> None:
    files = [curve([430], 0, 25)]  # 400 bytes in one file
    (line,) = rows("Codes", [curve([230], 1000), curve([130], 1000)], IMAGES, files)
    # 1000 / (40 - 20) = 50 and 1000 / (40 - 10) = 33.3 images
    assert line.endswith("| 1,000 | 42 ± 11 |")
    assert line.startswith("| Codes | 4 | 7.200 ± 2.828 | 0.00 | 20.00 |")


def test_a_larger_code_never_breaks_even() -> None:
    (line,) = rows("Codes", [curve([830], 1000)], IMAGES, [curve([430], 0, 25)])
    assert line.endswith("| never |")
