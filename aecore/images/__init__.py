"""Pictures: untrusted bytes to a picture, a picture to a model's input, and pictures on their way to a screen."""

from aecore.images.tiles import Pixels, as_colour, bars, difference, tile, to_pixels, to_png

__all__ = ["Pixels", "as_colour", "bars", "difference", "tile", "to_pixels", "to_png"]
