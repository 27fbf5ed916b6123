"""Images: untrusted files to pixels, pixels to model inputs, and images for display."""

from aecore.errors import ImageError, OnlyFirstUsed
from aecore.images.archive import MAX_FILES, MAX_UNPACKED_BYTES, MAX_ZIP_BYTES, folder_of, unpack
from aecore.images.ingest import ingest, ingest_file
from aecore.images.limits import MAX_BYTES, MAX_PIXELS
from aecore.images.prepare import (
    MNIST_STEPS,
    OBJECT_STEPS,
    PREPARATION_STEPS,
    SQUARE_STEPS,
    ImageArray,
    PreparedImage,
    downscale,
    is_blank,
    prepare,
    with_channel_axis,
)
from aecore.images.read import read_image
from aecore.images.tiles import (
    Pixels,
    bar_charts,
    difference_image,
    heat_overlay,
    signed_to_color,
    tile,
    to_pixels,
    to_png,
    to_rgb,
)

__all__ = [
    "MAX_BYTES",
    "MAX_FILES",
    "MAX_PIXELS",
    "MAX_UNPACKED_BYTES",
    "MAX_ZIP_BYTES",
    "MNIST_STEPS",
    "OBJECT_STEPS",
    "PREPARATION_STEPS",
    "SQUARE_STEPS",
    "ImageArray",
    "ImageError",
    "OnlyFirstUsed",
    "Pixels",
    "PreparedImage",
    "bar_charts",
    "difference_image",
    "downscale",
    "folder_of",
    "heat_overlay",
    "ingest",
    "ingest_file",
    "is_blank",
    "prepare",
    "read_image",
    "signed_to_color",
    "tile",
    "to_pixels",
    "to_png",
    "to_rgb",
    "unpack",
    "with_channel_axis",
]
