from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from image_files import chunk, encoded, png
from numpy.typing import NDArray
from PIL import Image, ImageOps

from aecore.images import OnlyFirstUsed, ingest, read_image
from aecore.images.to_gray import to_gray_or_rgb

Pixels = NDArray[np.uint8]


GRAY = np.arange(35 * 20, dtype=np.uint32).reshape(35, 20).astype(np.uint8)
COLOR = np.stack([GRAY, GRAY[::-1], 255 - GRAY], axis=2)
TRANSPARENT = np.dstack([COLOR, GRAY[:, ::-1]])


def on_white(pixels: Pixels) -> Pixels:
    """Pixels (H, W, 4) as they look on white, by the textbook."""
    alpha = pixels[..., 3:].astype(np.float64) / 255
    return np.floor(pixels[..., :3] * alpha + 255 * (1 - alpha) + 0.5).astype(np.uint8)


def one_row(*values: int) -> Pixels:
    return np.array([values], np.uint8)


PALETTE = Image.fromarray(GRAY % 4).copy()
PALETTE.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90, 250, 240, 230])
PALETTE_COLORS = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 90], [250, 240, 230]], np.uint8)

TIFF_PACKINGS = ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits")
LOSSLESS = [
    ("PNG", {}), ("PNG", {"compress_level": 0}), ("BMP", {}),
    ("TIFF", {"big_tiff": True}), ("TIFF", {"strip_size": 99}),
    *(("TIFF", {"compression": packing}) for packing in TIFF_PACKINGS),
]  # fmt: skip


@pytest.mark.parametrize(("form", "options"), LOSSLESS, ids=str)
@pytest.mark.parametrize(
    "pixels",
    [GRAY, COLOR, one_row(7), np.zeros((9, 9), np.uint8), np.full((9, 9, 3), 255, np.uint8)],
    ids=["gray", "color", "one pixel", "black", "white"],
)
def test_reads_lossless_formats_exactly(form: str, options: dict[str, object], pixels: Pixels) -> None:
    read = read_image(encoded(pixels, form, **options))
    assert np.array_equal(read, pixels)
    assert read.dtype == np.uint8
    assert read.flags.c_contiguous
    assert read.flags.writeable


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1)])
@pytest.mark.parametrize("value", [0, 255])
def test_reads_extreme_shapes_and_values(form: str, shape: tuple[int, int], value: int) -> None:
    read = read_image(encoded(np.full(shape, value, np.uint8), form))
    assert read.shape[:2] == shape
    assert np.all(read == value)


@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {"quality": 95}), ("JPEG", {"progressive": True}), ("WEBP", {})]
)
def test_reads_lossy_formats_closely(form: str, options: dict[str, object]) -> None:
    smooth = np.asarray(Image.fromarray(COLOR[:4, :4]).resize((64, 48), Image.Resampling.BICUBIC))
    assert np.abs(read_image(encoded(smooth, form, **options)).astype(int) - smooth).mean() < 4


MODES = {
    **dict.fromkeys(("1", "L", "LA", "La"), (35, 20)),
    **dict.fromkeys(("P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"), (35, 20, 3)),
    **dict.fromkeys(("I", "F"), (35, 20)),
}


@pytest.mark.parametrize(("mode", "shape"), MODES.items())
def test_converts_every_mode(mode: str, shape: tuple[int, ...]) -> None:
    shades = np.where(GRAY[..., None] % 2, 255, 0).repeat(3, axis=2).astype(np.uint8)  # representable in every mode
    coarse = Image.fromarray(shades)
    if mode in ("La", "PA", "RGBa"):
        coarse = coarse.convert({"La": "LA", "PA": "P", "RGBa": "RGBA"}[mode])
    pixels = to_gray_or_rgb(coarse.convert(mode))
    assert pixels.shape == shape
    assert np.abs(pixels.astype(int) - (shades if len(shape) == 3 else shades[..., 0])).max() <= 2


def test_reads_cmyk_and_one_bit_files() -> None:
    cmyk = Image.fromarray(COLOR).convert("CMYK")
    assert np.array_equal(read_image(encoded(cmyk, "TIFF")), np.asarray(cmyk.convert("RGB")))
    assert read_image(encoded(cmyk, "JPEG")).shape == (35, 20, 3)
    bilevel = Image.fromarray(np.where(GRAY % 3, 255, 0).astype(np.uint8)).convert("1")
    for form, packing in (("PNG", None), ("BMP", None), ("GIF", None), ("TIFF", "group3"), ("TIFF", "group4")):
        options = {"compression": packing} if packing else {}
        assert np.array_equal(read_image(encoded(bilevel, form, **options)), np.asarray(bilevel.convert("L")))


def with_transparency(image: Image.Image, key: object) -> bytes:
    return encoded(image, "PNG", transparency=key)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encoded(TRANSPARENT, "PNG"), on_white(TRANSPARENT)),
        (encoded(TRANSPARENT, "TIFF"), on_white(TRANSPARENT)),
        (encoded(Image.merge("LA", [Image.fromarray(one_row(0, 0, 90)), Image.fromarray(one_row(0, 255, 0))]), "PNG"),
         one_row(255, 0, 255)),
        (with_transparency(PALETTE, 2), np.vstack([PALETTE_COLORS[:2], [[255] * 3], PALETTE_COLORS[3:]])[GRAY % 4]),
        (with_transparency(PALETTE, bytes([0, 255, 255, 0])),
         np.vstack([[[255] * 3], PALETTE_COLORS[1:3], [[255] * 3]])[GRAY % 4]),
        (with_transparency(Image.fromarray(one_row(3, 4, 5)), 4), one_row(3, 255, 5)),
        (with_transparency(Image.fromarray(COLOR[:1, :2]), tuple(COLOR[0, 0].tolist())),
         np.array([[[255] * 3, COLOR[0, 1]]])),
        (encoded(PALETTE, "GIF", transparency=0), np.vstack([[[255] * 3], PALETTE_COLORS[1:]])[GRAY % 4]),
        (png(4, 1, 2, 0, zlib.compress(b"\0\x1b"), chunk(b"tRNS", b"\0\2")), one_row(0, 85, 255, 255)),  # 2 bits
        (png(2, 1, 16, 0, zlib.compress(b"\0\1\2\3\4"), chunk(b"tRNS", b"\1\2")), one_row(0, 192)),  # 10 bits
        (png(2, 1, 16, 2, zlib.compress(b"\0" + b"\1\2\1\2\1\2" + b"\5\5" * 3), chunk(b"tRNS", b"\1\2" * 3)),
         np.array([[[255] * 3, [5] * 3]])),
    ],
    ids=["RGBA PNG", "RGBA TIFF", "LA", "palette index", "palette bytes", "gray key", "color key", "GIF", "2-bit key",
         "16-bit gray key", "16-bit color key"],
)  # fmt: skip
def test_transparent_pixels_become_white_unless_it_hides_the_others(data: bytes, expected: Pixels) -> None:
    assert np.abs(read_image(data).astype(int) - expected).max() <= 1


STROKES = np.pad(np.full((4, 20), 255, np.uint8), ((10, 10), (10, 10)))  # (24, 40): the opacity of a bar


@pytest.mark.parametrize(("light", "is_dark"), [(255, True), (235, True), (200, True), (120, False), (0, False)])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L"])
def test_light_strokes_on_transparency_stay_visible(mode: str, light: int, is_dark: bool) -> None:
    """On black where white would hide them."""
    gray, alpha = Image.new("L", STROKES.shape[::-1], light), Image.fromarray(STROKES)
    if mode == "L":
        data = encoded(np.where(STROKES, light, 7).astype(np.uint8), "PNG", transparency=7)
    elif mode == "P":
        image = Image.fromarray((STROKES > 0).astype(np.uint8))
        image.putpalette([9, 9, 9, light, light, light])
        data = encoded(image, "PNG", transparency=0)
    else:
        data = encoded(Image.merge(mode, [gray] * (len(mode) - 1) + [alpha]), "PNG")
    pixels = read_image(data)
    assert (pixels[0, 0] == (0 if is_dark else 255)).all()
    assert (pixels[12, 20] == light).all()


@pytest.mark.parametrize("value", [0, 255])
def test_an_image_of_nothing_but_transparency_is_white(value: int) -> None:
    assert (read_image(encoded(Image.new("LA", (9, 9), (value, 0)), "PNG")) == 255).all()


def test_premultiplied_transparent_pixels_become_white() -> None:
    for mode, straight in (("RGBa", "RGBA"), ("La", "LA")):
        image = Image.fromarray(TRANSPARENT).convert(straight)
        assert np.abs(to_gray_or_rgb(image.convert(mode)).astype(int) - to_gray_or_rgb(image)).max() <= 3


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_converts_16_bits_to_8(form: str) -> None:
    assert np.array_equal(read_image(encoded(GRAY.astype(np.uint16) * 257, form)), GRAY)


def sixteen_bits(form: str, values: np.ndarray) -> bytes:
    """A file of 16 bits per channel: gray (H, W), gray and alpha (H, W, 2), color (H, W, 3) or with alpha (H, W, 4)."""
    if form == "TIFF":
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, values.astype(np.uint16), photometric="rgb" if values.ndim == 3 else "minisblack")
        return buffer.getvalue()
    height, width = values.shape[:2]
    rows = values.astype(">u2").reshape(height, -1).view(np.uint8)
    color = 0 if values.ndim == 2 else {2: 4, 3: 2, 4: 6}[values.shape[2]]
    return png(width, height, 16, color, zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows)))


@pytest.mark.parametrize(
    ("largest", "white"),
    [(65535, 65535), (40000, 65535), (16383, 16383), (4095, 4095), (3000, 4095), (1023, 1023), (255, 255), (9, 255)],
)
@pytest.mark.parametrize(("form", "channels"), [("PNG", 1), ("TIFF", 1), ("PNG", 3), ("TIFF", 3), ("PNG", 2)])
def test_16_bits_that_use_part_of_their_range_are_not_black(form: str, channels: int, largest: int, white: int) -> None:
    ramp = np.rint(np.linspace(0, largest, 40 * 30)).reshape(40, 30)
    values = ramp if channels == 1 else np.stack([ramp] * channels, axis=2)
    if channels == 2:
        values[..., 1] = 65535  # opaque
    expected = np.rint(ramp * (255 / white))
    pixels = read_image(sixteen_bits(form, values)).astype(int)
    assert np.abs(pixels - (expected if pixels.ndim == 2 else expected[..., None])).max() <= 1


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize(
    ("values", "expected"),
    [([30000, 30500, 31000], [0, 128, 255]), ([30000, 30001], [234, 234]), ([20000, 40000], [78, 156])],
)
def test_16_bits_far_from_black_are_not_of_one_color(form: str, values: list[int], expected: list[int]) -> None:
    pixels = read_image(sixteen_bits(form, np.array([values])))
    assert np.abs(pixels.astype(int) - [expected]).max() <= 1


NON_FINITE = [0, np.nan, 1, np.inf, -np.inf, 0.5]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0.5, 1], [0, 128, 255]),
        ([0, 0.5, 200.4, 255], [0, 0, 200, 255]),
        ([0, 0.5, 1.0001], [0, 127, 255]),
        ([0, 0.005, 0.01], [0, 128, 255]),
        ([0.5, 0.5], [128, 128]),
        ([-1, 0, 1], [0, 128, 255]),
        ([0, 1e38, -1e38], [128, 255, 0]),
        (NON_FINITE, [0, 0, 255, 0, 0, 128]),
        ([np.nan], [0]),
        ([1000, 1000], [255, 255]),
        ([-5, -5], [0, 0]),
    ],
)
def test_converts_floats_to_bytes(values: list[float], expected: list[int]) -> None:
    assert read_image(encoded(np.array([values], np.float32), "TIFF")).tolist() == [expected]


@pytest.mark.parametrize(
    ("values", "expected"), [([0, 1, 255], [0, 1, 255]), ([0, 1000], [0, 255]), ([-(2**31), 2**31 - 1], [0, 255])]
)
def test_converts_integers_to_bytes(values: list[int], expected: list[int]) -> None:
    assert read_image(encoded(np.array([values], np.int32), "TIFF")).tolist() == [expected]


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_applies_the_exif_orientation(form: str, orientation: int) -> None:
    options = {"lossless": True} if form == "WEBP" else {"quality": 100, "subsampling": 0} if form == "JPEG" else {}
    upright = Image.fromarray(read_image(encoded(COLOR, form, **options)))
    upright.getexif()[274] = orientation
    data = encoded(COLOR, form, exif=upright.getexif(), **options)
    assert np.array_equal(read_image(data), np.asarray(ImageOps.exif_transpose(upright)))


@pytest.mark.parametrize(
    "exif", [b"", b"Exif\0\0", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff\x12\1\3\0", b"x" * 99]
)
@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
def test_ignores_damaged_exif(form: str, exif: bytes) -> None:
    assert read_image(encoded(COLOR, form, exif=exif)).shape == COLOR.shape


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("options", [{}, {"comment": b"text " * 200}, {"big_tiff": True}])
@pytest.mark.parametrize("form", ["GIF", "PNG", "TIFF", "WEBP"])
def test_reads_the_first_of_several_images_and_says_so(form: str, options: dict[str, object], count: int) -> None:
    frames = [Image.new("RGB", (20, 10), color) for color in ("red", "lime", "blue")][:count]
    options = {"lossless": True, **options} if form == "WEBP" else options
    data = encoded(frames[0], form, save_all=True, append_images=frames[1:], **options)
    (_, read), *notices = ingest("frames", data)
    assert np.array_equal(read, np.full((10, 20, 3), (255, 0, 0)))
    assert [type(notice) for _, notice in notices] == [OnlyFirstUsed] * (count > 1)
    assert np.array_equal(read_image(data), read)


def test_a_preview_in_a_tiff_is_no_second_image() -> None:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        file.write(GRAY)
        file.write(GRAY[::2, ::2], subfiletype=1)
    assert len(list(ingest("scan.tif", buffer.getvalue()))) == 1


@pytest.mark.parametrize(("size", "factor"), [((8000, 5000), 1), ((8000, 6000), 2), ((14000, 12000), 4)])
def test_reads_photos_of_large_phone_cameras_reduced(size: tuple[int, int], factor: int) -> None:
    width, height = size
    photo = Image.new("L", size, 40)
    photo.paste(200, (0, 0, width // 2, height // 2))
    pixels = read_image(encoded(photo, "JPEG"))
    assert pixels.shape == (height // factor, width // factor)
    corners = [int(pixels[height // factor * y // 4, width // factor * x // 4]) for y, x in ((1, 1), (1, 3), (3, 3))]
    assert corners == [200, 40, 40]


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        np.uint8, st.one_of(st.tuples(*[st.integers(1, 40)] * 2), st.tuples(*[st.integers(1, 20)] * 2, st.just(3)))
    )
)
def test_reads_random_images_exactly(pixels: Pixels) -> None:
    assert np.array_equal(read_image(encoded(pixels, "PNG")), pixels)
