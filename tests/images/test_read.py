from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image, ImageOps

from aecore.images import read_image
from aecore.images.to_gray import flatten

Pixels = NDArray[np.uint8]

GRAY = np.arange(35 * 20, dtype=np.uint32).reshape(35, 20).astype(np.uint8)
COLOUR = np.stack([GRAY, GRAY[::-1], 255 - GRAY], axis=2)
CLEAR = np.dstack([COLOUR, GRAY[:, ::-1]])


def encoded(picture: Pixels | Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(buffer, form, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, depth: int, color: int, rows: bytes, *more: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def on_white(pixels: Pixels) -> Pixels:
    """Pixels (H, W, 4) as they look on white, by the textbook."""
    alpha = pixels[..., 3:].astype(np.float64) / 255
    return np.floor(pixels[..., :3] * alpha + 255 * (1 - alpha) + 0.5).astype(np.uint8)


def one_row(*values: int) -> Pixels:
    return np.array([values], np.uint8)


PALETTE = Image.fromarray(GRAY % 4).copy()
PALETTE.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90, 250, 240, 230])
PALETTE_COLOURS = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 90], [250, 240, 230]], np.uint8)

TIFF_PACKINGS = ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits")
WITHOUT_LOSS = [
    ("PNG", {}), ("PNG", {"compress_level": 0}), ("BMP", {}),
    ("TIFF", {"big_tiff": True}), ("TIFF", {"strip_size": 99}),
    *(("TIFF", {"compression": packing}) for packing in TIFF_PACKINGS),
]  # fmt: skip


@pytest.mark.parametrize(("form", "options"), WITHOUT_LOSS, ids=str)
@pytest.mark.parametrize(
    "pixels", [GRAY, COLOUR, one_row(7), np.zeros((9, 9), np.uint8), np.full((9, 9, 3), 255, np.uint8)]
)
def test_what_is_stored_without_loss_comes_back(form: str, options: dict[str, object], pixels: Pixels) -> None:
    read = read_image(encoded(pixels, form, **options))
    assert np.array_equal(read, pixels)
    assert read.dtype == np.uint8
    assert read.flags.c_contiguous
    assert read.flags.writeable


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1)])
@pytest.mark.parametrize("value", [0, 255])
def test_extremes_of_shape_and_shade(form: str, shape: tuple[int, int], value: int) -> None:
    read = read_image(encoded(np.full(shape, value, np.uint8), form))
    assert read.shape[:2] == shape
    assert np.all(read == value)


@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {"quality": 95}), ("JPEG", {"progressive": True}), ("WEBP", {})]
)
def test_what_is_stored_with_loss_comes_close(form: str, options: dict[str, object]) -> None:
    smooth = np.asarray(Image.fromarray(COLOUR[:4, :4]).resize((64, 48), Image.Resampling.BICUBIC))
    assert np.abs(read_image(encoded(smooth, form, **options)).astype(int) - smooth).mean() < 4


MODES = {
    **dict.fromkeys(("1", "L", "LA", "La"), (35, 20)),
    **dict.fromkeys(("P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"), (35, 20, 3)),
    **dict.fromkeys(("I", "F"), (35, 20)),
}


@pytest.mark.parametrize(("mode", "shape"), MODES.items())
def test_every_mode(mode: str, shape: tuple[int, ...]) -> None:
    shades = np.where(GRAY[..., None] % 2, 255, 0).repeat(3, axis=2).astype(np.uint8)  # what every mode can hold
    coarse = Image.fromarray(shades)
    if mode in ("La", "PA", "RGBa"):
        coarse = coarse.convert({"La": "LA", "PA": "P", "RGBa": "RGBA"}[mode])
    pixels = flatten(coarse.convert(mode))
    assert pixels.shape == shape
    assert np.abs(pixels.astype(int) - (shades if len(shape) == 3 else shades[..., 0])).max() <= 2


def test_cmyk_and_one_bit_files() -> None:
    cmyk = Image.fromarray(COLOUR).convert("CMYK")
    assert np.array_equal(read_image(encoded(cmyk, "TIFF")), np.asarray(cmyk.convert("RGB")))
    assert read_image(encoded(cmyk, "JPEG")).shape == (35, 20, 3)
    two = Image.fromarray(np.where(GRAY % 3, 255, 0).astype(np.uint8)).convert("1")
    for form, packing in (("PNG", None), ("BMP", None), ("GIF", None), ("TIFF", "group3"), ("TIFF", "group4")):
        options = {"compression": packing} if packing else {}
        assert np.array_equal(read_image(encoded(two, form, **options)), np.asarray(two.convert("L")))


def with_transparency(picture: Image.Image, key: object) -> bytes:
    return encoded(picture, "PNG", transparency=key)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encoded(CLEAR, "PNG"), on_white(CLEAR)),
        (encoded(CLEAR, "TIFF"), on_white(CLEAR)),
        (encoded(Image.merge("LA", [Image.fromarray(one_row(0, 0, 90)), Image.fromarray(one_row(0, 255, 0))]), "PNG"),
         one_row(255, 0, 255)),
        (with_transparency(PALETTE, 2), np.vstack([PALETTE_COLOURS[:2], [[255] * 3], PALETTE_COLOURS[3:]])[GRAY % 4]),
        (with_transparency(PALETTE, bytes([0, 255, 255, 0])),
         np.vstack([[[255] * 3], PALETTE_COLOURS[1:3], [[255] * 3]])[GRAY % 4]),
        (with_transparency(Image.fromarray(one_row(3, 4, 5)), 4), one_row(3, 255, 5)),
        (with_transparency(Image.fromarray(COLOUR[:1, :2]), tuple(COLOUR[0, 0].tolist())),
         np.array([[[255] * 3, COLOUR[0, 1]]])),
        (encoded(PALETTE, "GIF", transparency=0), np.vstack([[[255] * 3], PALETTE_COLOURS[1:]])[GRAY % 4]),
        (png(4, 1, 2, 0, b"\0\x1b", chunk(b"tRNS", b"\0\2")), one_row(0, 85, 255, 255)),  # two bits a pixel
        (png(2, 1, 16, 0, b"\0\1\2\3\4", chunk(b"tRNS", b"\1\2")), one_row(255, 3)),
        (png(2, 1, 16, 2, b"\0" + b"\1\2\1\2\1\2" + b"\5\5" * 3, chunk(b"tRNS", b"\1\2" * 3)),
         np.array([[[255] * 3, [5] * 3]])),
    ],
    ids=["RGBA PNG", "RGBA TIFF", "LA", "palette index", "palette bytes", "gray key", "color key", "GIF", "2-bit key",
         "16-bit gray key", "16-bit color key"],
)  # fmt: skip
def test_what_is_transparent_lies_on_white(data: bytes, expected: Pixels) -> None:
    assert np.abs(read_image(data).astype(int) - expected).max() <= 1


def test_premultiplied_transparency_lies_on_white() -> None:
    for mode, own in (("RGBa", "RGBA"), ("La", "LA")):
        picture = Image.fromarray(CLEAR).convert(own)
        assert np.abs(flatten(picture.convert(mode)).astype(int) - flatten(picture)).max() <= 3


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_become_eight(form: str) -> None:
    assert np.array_equal(read_image(encoded(GRAY.astype(np.uint16) * 257, form)), GRAY)


INFINITE = [0, np.nan, 1, np.inf, -np.inf, 0.5]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0.5, 1], [0, 128, 255]),
        ([0, 0.5, 200.4, 255], [0, 0, 200, 255]),
        ([-1, 0, 1], [0, 128, 255]),
        ([0, 1e38, -1e38], [128, 255, 0]),
        (INFINITE, [0, 0, 255, 0, 0, 128]),
        ([np.nan], [0]),
        ([1000, 1000], [255, 255]),
        ([-5, -5], [0, 0]),
    ],
)
def test_numbers_become_bytes(values: list[float], expected: list[int]) -> None:
    assert read_image(encoded(np.array([values], np.float32), "TIFF")).tolist() == [expected]


@pytest.mark.parametrize(
    ("values", "expected"), [([0, 1, 255], [0, 1, 255]), ([0, 1000], [0, 255]), ([-(2**31), 2**31 - 1], [0, 255])]
)
def test_whole_numbers_become_bytes(values: list[int], expected: list[int]) -> None:
    assert read_image(encoded(np.array([values], np.int32), "TIFF")).tolist() == [expected]


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_a_turned_camera_is_turned_back(form: str, orientation: int) -> None:
    options = {"lossless": True} if form == "WEBP" else {"quality": 100, "subsampling": 0} if form == "JPEG" else {}
    upright = Image.fromarray(read_image(encoded(COLOUR, form, **options)))
    upright.getexif()[274] = orientation
    data = encoded(COLOUR, form, exif=upright.getexif(), **options)
    assert np.array_equal(read_image(data), np.asarray(ImageOps.exif_transpose(upright)))


@pytest.mark.parametrize(
    "exif", [b"", b"Exif\0\0", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff\x12\1\3\0", b"x" * 99]
)
@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
def test_broken_exif_is_passed_over(form: str, exif: bytes) -> None:
    assert read_image(encoded(COLOUR, form, exif=exif)).shape == COLOUR.shape


@pytest.mark.parametrize("form", ["GIF", "PNG", "TIFF", "WEBP"])
def test_of_several_pictures_the_first(form: str) -> None:
    frames = [Image.new("RGB", (20, 10), color) for color in ("red", "lime", "blue")]
    options = {"lossless": True} if form == "WEBP" else {}
    read = read_image(encoded(frames[0], form, save_all=True, append_images=frames[1:], **options))
    assert np.array_equal(read, np.full((10, 20, 3), (255, 0, 0)))


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        np.uint8, st.one_of(st.tuples(*[st.integers(1, 40)] * 2), st.tuples(*[st.integers(1, 20)] * 2, st.just(3)))
    )
)
def test_any_picture_comes_back(pixels: Pixels) -> None:
    assert np.array_equal(read_image(encoded(pixels, "PNG")), pixels)
