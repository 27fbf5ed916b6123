from __future__ import annotations

import json
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_files import chunk, encoded, png
from PIL import Image
from pillow_heif import register_heif_opener

from aecore.errors import ImageError
from aecore.images import MAX_BYTES, read_image

GRAY = np.arange(35 * 20, dtype=np.uint32).reshape(35, 20).astype(np.uint8)
COLOR = np.stack([GRAY, GRAY[::-1], 255 - GRAY], axis=2)
TRANSPARENT = np.dstack([COLOR, GRAY[:, ::-1]])


def jpeg_of_many_scans(scans: int) -> bytes:
    data = encoded(Image.new("L", (2000, 2000)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


def tiff_entry(data: bytes, tag: int, value: int) -> bytes:
    """Change the value of a tag in a small TIFF written by Pillow."""
    at = data.index(struct.pack("<H", tag), struct.unpack_from("<I", data, 4)[0])
    return data[:at] + struct.pack("<HHII", tag, 4, 1, value) + data[at + 12 :]


def changed(data: bytes, at: int, form: str, *values: int) -> bytes:
    return data[:at] + struct.pack(form, *values) + data[at + struct.calcsize(form) :]


def declaring(data: bytes, width: int, height: int) -> bytes:
    """A HEIF file with another declared size of all its images."""
    for found in re.finditer(b"ispe", data):
        data = changed(data, found.end() + 4, ">II", width, height)
    return data


register_heif_opener()
HEIC = encoded(COLOR, "HEIF")
HEIC_GRID = encoded(Image.fromarray(COLOR).resize((300, 200)), "HEIF", tile_size=128)
GRID_SIZE = HEIC_GRID.index(struct.pack(">BBHH", 1, 2, 300, 200)) + 2
AVIF = encoded(COLOR, "AVIF")
SEQUENCE = AVIF.index(b"\x12\0\x0a")  # after a temporal delimiter

SMALL_TIFF = encoded(GRAY, "TIFF", compression="tiff_lzw")

REJECTED: dict[str, tuple[object, str]] = {
    "a path": ("image.png", "bytes of an image file"),
    "nothing": (None, "bytes of an image file"),
    "a list": ([1, 2], "bytes of an image file"),
    "empty": (b"", "empty"),
    "text": (b"This is not an image.\n", "text"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"),
    "an SVG": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
    "a HEIC of no content": (b"\0\0\0\x10ftypheic\0\0\0\0", "damaged"),
    "a HEIC of tracks": (b"\0\0\0\x10ftyphevc\0\0\0\0\0\0\0\x08moov", "animation without a still image"),
    "a wide HEIC": (declaring(HEIC, 30_000, 30_000), "30,000 x 30,000"),
    "a HEIC larger than declared": (declaring(encoded(Image.new("L", (999, 999)), "HEIF"), 9, 9), "damaged"),
    "a HEIC of layers": (HEIC.replace(b"\0hvc1", b"\0iovl"), "unsupported kind"),
    "a HEIC of many pixels": (declaring(HEIC_GRID, 5000, 5000), "150 million pixels in 6 tiles"),
    "a HEIC grid larger than declared": (changed(HEIC_GRID, GRID_SIZE, ">HH", 65_535, 65_535), "damaged"),
    "a HEIC grid of more tiles": (changed(HEIC_GRID, GRID_SIZE - 2, ">BB", 255, 255), "damaged"),
    "a wide AVIF": (declaring(AVIF, 6000, 5000), "at most 25 million"),
    "an AVIF larger than declared": (changed(AVIF, SEQUENCE + 4, ">BB", 0x7F, 0xFF), "at most 25 million"),
    "an AVIF of tiles": (AVIF.replace(b"\0av01", b"\0grid"), "tiles"),
    "an AVIF of layers": (AVIF.replace(b"\x12\0\x0a", b"\x3a\0\x0a"), "layers"),
    "a zip": (b"PK\x03\x04\x14\0\0\0", "a zip archive"),
    "noise": (bytes(range(256)), "unknown kind"),
    "20 MB": (bytes(MAX_BYTES + 1), "at most 20 MB"),
    "a PNG of 100,000 x 100,000": (png(100_000, 100_000, 8, 2), "100,000 x 100,000"),
    "a PNG of no width": (png(0, 5, 8, 0), "so it is empty"),
    "a long PNG": (png(100_001, 1, 8, 0), "no side may be longer"),
    "a PNG of 16 bits": (png(5000, 4000, 16, 6), "8 bits per channel"),
    "a wide GIF": (changed(encoded(GRAY, "GIF"), 6, "<HH", 65535, 65535), "65,535 x 65,535"),
    "a wide BMP": (changed(encoded(GRAY, "BMP"), 18, "<ii", 10_000, -10_000), "10,000 x 10,000"),
    "a compressed BMP": (changed(changed(encoded(GRAY, "BMP"), 18, "<ii", 2000, 2000), 30, "<I", 1), "compressed BMP"),
    "a wide WebP": (b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0" + b"\xfe\x3f\0" * 2, "16,383 x 16,383"),
    "a lossless WebP": (encoded(Image.new("RGB", (2500, 2000)), "WEBP", lossless=True, method=0), "lossless"),
    "a progressive JPEG": (jpeg_of_many_scans(1000), "1,005 passes"),
    "an arithmetic JPEG": (encoded(GRAY, "JPEG").replace(b"\xff\xc0", b"\xff\xc9"), "arithmetic-coded JPEG"),
    "a wide TIFF": (tiff_entry(SMALL_TIFF, 256, 2_000_000), "2,000,000 x 35"),
    "an LZMA TIFF": (tiff_entry(SMALL_TIFF, 259, 34925), "LZW compression"),
    "a JPEG TIFF": (tiff_entry(tiff_entry(SMALL_TIFF, 259, 7), 256, 1_000_000), "JPEG compression"),
}


@pytest.mark.parametrize(("data", "message"), REJECTED.values(), ids=REJECTED.keys())
def test_rejects_a_file_with_one_sentence(data: bytes, message: str) -> None:
    with pytest.raises(ImageError, match=message) as caught:
        read_image(data)
    sentence = str(caught.value)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0, "one sentence"


def test_rejects_a_decompression_bomb_before_decoding() -> None:
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(3_000_100)) for _ in range(300)) + packer.flush()
    assert len(packed) < 5_000_000
    with pytest.raises(ImageError, match="30,000 x 30,000"):
        read_image(png(30_000, 30_000, 8, 0, packed))


PALETTE = Image.fromarray(COLOR).quantize(4)

FILES = {
    "PNG": encoded(COLOR, "PNG"),
    "PNG palette": encoded(PALETTE, "PNG", transparency=b"\0\1"),
    "JPEG": encoded(COLOR, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"),
    "JPEG progressive": encoded(COLOR, "JPEG", progressive=True),
    "WebP": encoded(COLOR, "WEBP"),
    "WebP lossless": encoded(TRANSPARENT, "WEBP", lossless=True),
    "WebP animated": encoded(COLOR, "WEBP", save_all=True, append_images=[Image.fromarray(255 - COLOR)]),
    "BMP": encoded(COLOR, "BMP"),
    "GIF": encoded(PALETTE, "GIF", transparency=1, interlace=1),
    "HEIC": encoded(COLOR, "HEIF", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"),
    "HEIC grid": HEIC_GRID,
    "AVIF": encoded(TRANSPARENT, "AVIF"),
    "AVIF animated": encoded(COLOR, "AVIF", save_all=True, append_images=[Image.fromarray(255 - COLOR)]),
    "TIFF": encoded(COLOR, "TIFF", tiffinfo={274: 5}),
    "TIFF LZW": encoded(COLOR, "TIFF", compression="tiff_lzw"),
    "TIFF JPEG": encoded(COLOR, "TIFF", compression="jpeg"),
    "TIFF fax": encoded(Image.fromarray(GRAY).convert("1"), "TIFF", compression="group4"),
    "TIFF float": encoded(GRAY.astype(np.float32), "TIFF"),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES.keys())
def test_rejects_truncated_files(data: bytes) -> None:
    assert read_image(data).size
    for part in (0.1, 0.5, 0.9):
        with pytest.raises(ImageError):
            read_image(data[: int(len(data) * part)])


def test_skips_metadata_and_trailing_data() -> None:
    """Thousands of text chunks and previews, which take Pillow alone minutes."""
    original = encoded(GRAY, "PNG")
    texts = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**6))) * 10_000
    assert np.array_equal(read_image(original[:33] + texts + original[33:]), GRAY)
    original = encoded(GRAY, "JPEG")
    exif = b"\xff\xe1\0\x0cExif\0\0MM\0*" * 90_000
    assert np.array_equal(read_image(original[:2] + exif + original[2:]), read_image(original))
    trailing = b"\xff\xda\0\2" * 10**6
    assert np.array_equal(read_image(original + trailing), read_image(original))


def check_read(data: bytes) -> None:
    """Reading returns an image or raises ImageError."""
    try:
        pixels = read_image(data)
    except ImageError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 2 or pixels.shape[2] == 3


SIGNATURES = (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"GIF89a", b"BM", b"II*\0", b"MM\0+",
              b"\0\0\0\x10ftypheic\0\0\0\0", b"\0\0\0\x10ftypavif\0\0\0\0")  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SIGNATURES), st.binary(max_size=300))
def test_reads_or_rejects_any_bytes(signature: bytes, rest: bytes) -> None:
    check_read(signature + rest)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_reads_or_rejects_any_damaged_file(name: str, source: st.DataObject) -> None:
    data = bytearray(FILES[name])
    for _ in range(source.draw(st.integers(1, 4))):
        at = source.draw(st.integers(0, len(data) - 1))
        data[at] = source.draw(st.integers(0, 255))
    if source.draw(st.booleans()):
        del data[source.draw(st.integers(0, len(data))) :]
    check_read(bytes(data))


MEASUREMENT = """
import json, resource, sys, time
from pathlib import Path
from PIL import Image
from aecore.images import read_image

Image.init()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
before = peak()
for file in sys.argv[1:]:
    start = time.process_time()
    shape = read_image(Path(file).read_bytes()).shape[:2]
    print(json.dumps([shape, time.process_time() - start, peak() - before]))
"""

LARGE = [("PNG", "RGB", {}), ("JPEG", "CMYK", {}), ("TIFF", "RGBA", {"compression": "tiff_lzw"}), ("GIF", "P", {})]


@pytest.mark.skipif(sys.platform == "win32", reason="needs the POSIX resource module")
def test_largest_images_take_bounded_memory_and_time(tmp_path: Path) -> None:
    for form, mode, options in LARGE:
        (tmp_path / form).write_bytes(encoded(Image.new(mode, (8000, 5000)), form, **options))
    command = [sys.executable, "-c", MEASUREMENT, *(str(tmp_path / form) for form, _, _ in LARGE)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for shape, seconds, megabytes in map(json.loads, done.stdout.splitlines()):
        assert shape == [5000, 8000]
        assert seconds < 10, "one or two seconds, more on an old machine"
        assert megabytes < 500
