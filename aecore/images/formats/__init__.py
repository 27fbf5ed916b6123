"""Image formats: each file is recognized by its first bytes and stripped to the data of its first image.

Pillow parses everything in a file, at a cost that a malicious file controls: a million empty chunks, a thousand scans,
a canvas of gigabytes. So the functions here parse each file first, check its size, and pass only the necessary parts
to Pillow. A damaged file may raise any exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aecore.images.formats.avif import avif
from aecore.images.formats.bmp import bmp
from aecore.images.formats.gif import gif
from aecore.images.formats.heif import heif
from aecore.images.formats.jpeg import jpeg
from aecore.images.formats.png import png
from aecore.images.formats.stripped import StrippedFile
from aecore.images.formats.tiff import tiff
from aecore.images.formats.webp import webp

__all__ = ["FORMATS", "FORMAT_NAMES", "StrippedFile"]

FORMAT_NAMES = ("PNG", "JPEG", "HEIC", "AVIF", "WebP", "BMP", "GIF", "TIFF")  # in texts

FORMATS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], StrippedFile]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), png),
    (re.compile(rb"\xff\xd8\xff"), jpeg),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), webp),
    (re.compile(rb"GIF8[79]a"), gif),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), tiff),
    (re.compile(rb"BM"), bmp),
    (re.compile(rb"....ftyp(avi[fs]|m[is]f[12].{4}(.{4}){0,9}avi[fs])", re.DOTALL), avif),
    (re.compile(rb"....ftyp(hei[cxms]|hev[cxms]|m[is]f[12])", re.DOTALL), heif),
)
