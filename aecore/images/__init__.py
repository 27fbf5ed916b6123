"""Pictures: untrusted bytes to a picture, a picture to a model's input, and pictures on their way to a screen."""

from aecore.errors import ImageError
from aecore.images.archive import MOST_FILES, MOST_UNPACKED, MOST_ZIP_BYTES, unpack
from aecore.images.ingest import pictures_in
from aecore.images.limits import MOST_BYTES, MOST_PIXELS
from aecore.images.prepare import AS_MNIST, STEPS, Picture, Prepared, is_blank, prepare, shrunk, with_channels
from aecore.images.read import read_image
from aecore.images.tiles import Pixels, as_color, bars, difference, signed, tile, to_pixels, to_png

__all__ = [
    "AS_MNIST",
    "MOST_BYTES",
    "MOST_FILES",
    "MOST_PIXELS",
    "MOST_UNPACKED",
    "MOST_ZIP_BYTES",
    "STEPS",
    "ImageError",
    "Picture",
    "Pixels",
    "Prepared",
    "as_color",
    "bars",
    "difference",
    "is_blank",
    "pictures_in",
    "prepare",
    "read_image",
    "shrunk",
    "signed",
    "tile",
    "to_pixels",
    "to_png",
    "unpack",
    "with_channels",
]
