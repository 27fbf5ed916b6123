"""HEIC (ISO/IEC 23008-12, HEVC): an image, or a grid of tiles that are images themselves.

libheif rejects a coded image that is larger than its item declares, before it decodes the image. So the declared sizes
are checked here, and only the items that it decodes in such a way are accepted.
"""

from __future__ import annotations

from functools import cache
from math import prod

import pillow_heif

from aecore.errors import ImageError
from aecore.images.formats.boxes import Items, items
from aecore.images.formats.stripped import StrippedFile
from aecore.images.limits import MAX_PIXELS, check_size

MAX_TILES = 1000  # in all grids of a file; a phone uses 50 to 200
MAX_TILE_PIXELS = 2 * MAX_PIXELS  # in all grids of a file; there may be one for brightness or depth

_IMAGE, _GRID = b"hvc1", b"grid"
_KINDS = (_IMAGE, _GRID, b"tmap", b"Exif", b"mime", b"uri ")


def heif(data: bytes) -> StrippedFile:
    """Check the sizes of the image and of its tiles. The decoder turns it upright."""
    found = items(data)
    if found.kinds[found.primary] not in (_IMAGE, _GRID) or not set(found.kinds.values()) <= set(_KINDS):
        raise ImageError("This HEIC file has an unsupported kind of image; save it again as PNG or JPEG.")
    for size in found.sizes.values():
        check_size(*size, MAX_PIXELS, "HEIC image")
    _check_tiles(found)
    _register()
    opened = pillow_heif.open_heif(found.data)
    return StrippedFile("HEIF", found.data, opened.size, has_more=found.has_tracks or len(opened) > 1)


def _check_tiles(found: Items) -> None:
    tiles = [tile for item, parts in found.tiles.items() if found.kinds[item] == _GRID for tile in parts]
    if any(found.kinds[tile] != _IMAGE for tile in tiles):
        raise ValueError("a tile is no image")
    pixels = sum(prod(found.sizes[tile]) for tile in tiles)
    if len(tiles) > MAX_TILES or pixels > MAX_TILE_PIXELS:
        raise ImageError(
            f"This HEIC image has {pixels / 1e6:,.0f} million pixels in {len(tiles):,} tiles, which is more than can "
            "be decoded; save it again as JPEG."
        )


@cache
def _register() -> None:
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=2)
