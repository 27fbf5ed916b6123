"""Files of phones and of the web that build on ISO media files: HEIC and AVIF."""

from __future__ import annotations

import io

import numpy as np
import pytest
from image_files import encoded
from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

from aecore.errors import ImageError
from aecore.images import OnlyFirstUsed, ingest, read_image

register_heif_opener()

LEFT_TOP = np.pad(np.full((20, 30, 3), (250, 10, 10), np.uint8), ((0, 40), (0, 60), (0, 0)))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_turns_heif_upright_once(form: str, orientation: int) -> None:
    """The encoders store the orientation as a rotation of the image, and in the EXIF data too."""
    exif = Image.Exif()
    exif[274] = orientation
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(encoded(LEFT_TOP, "PNG", exif=exif.tobytes()))))
    read = read_image(encoded(LEFT_TOP, form, exif=exif.tobytes()))
    assert read.shape[:2] == expected.size[::-1]
    assert np.abs(read.astype(int) - np.asarray(expected)).mean() < 8


HEIF_MODES = {"L": (60, 90), "RGB": (60, 90, 3), "RGBA": (60, 90, 3)}


@pytest.mark.parametrize(("mode", "shape"), HEIF_MODES.items())
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("form", "options"), [("HEIF", {}), ("HEIF", {"tile_size": 64}), ("AVIF", {})], ids=str)
def test_reads_the_first_image_of_heif(
    form: str, options: dict[str, object], count: int, mode: str, shape: tuple[int, ...]
) -> None:
    first, second = Image.fromarray(LEFT_TOP).convert(mode), Image.new(mode, (90, 60))
    frames = {"save_all": True, "append_images": [second] * (count - 1)}
    (_, read), *notices = ingest("frames", encoded(first, form, **frames, **options))
    assert read.shape == shape
    assert np.abs(read.astype(int) - np.asarray(first.convert("L" if mode == "L" else "RGB"))).mean() < 8
    assert [type(notice) for _, notice in notices] == [OnlyFirstUsed] * (count > 1)


def test_an_older_pillow_says_that_it_reads_no_avif(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(LEFT_TOP, "AVIF")
    monkeypatch.setattr("PIL.features.check", lambda feature: False)
    with pytest.raises(ImageError, match=r"older than 11\.3"):
        read_image(data)
