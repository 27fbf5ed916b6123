"""Formats of picture files, each known by its first bytes and stripped to what draws its first picture.

Pillow reads everything that stands in a file, at a cost that a hostile one chooses: a million empty chunks, a
thousand scans, a canvas of gigabytes. So each file is walked here first, its size checked, and Pillow is given the
rest. Damage may show as any exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aecore.images.formats.bmp import bmp
from aecore.images.formats.gif import gif
from aecore.images.formats.jpeg import jpeg
from aecore.images.formats.png import png
from aecore.images.formats.slim import Slim
from aecore.images.formats.tiff import tiff
from aecore.images.formats.webp import webp

__all__ = ["FORMATS", "Slim"]

FORMATS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], Slim]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), png),
    (re.compile(rb"\xff\xd8\xff"), jpeg),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), webp),
    (re.compile(rb"GIF8[79]a"), gif),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), tiff),
    (re.compile(rb"BM"), bmp),
)
