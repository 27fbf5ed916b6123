from __future__ import annotations

import numpy as np
import pytest
from PIL import features

from aecore.evaluation.compression.image_files import FORMATS, FileFormat, overhead, store_single, store_together

RNG = np.random.default_rng(0)
SMOOTH = (127 + 120 * np.sin(np.linspace(0, 3, 20))[:, None] * np.cos(np.linspace(0, 2, 28))).astype(np.uint8)


def pictures(channels: int, count: int = 5) -> np.ndarray:
    """Smooth gradients (count, 20, 28, channels), each of another brightness and color."""
    scale = RNG.uniform(0.3, 1, (count, 1, 1, channels))
    return (SMOOTH[None, :, :, None] * scale).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("file_format", FORMATS.values(), ids=FORMATS)
def test_images_return_from_files(file_format: FileFormat, channels: int) -> None:
    if file_format.missing():
        pytest.skip(file_format.missing())
    images = pictures(channels)
    for store in (store_single, store_together):
        errors, sizes = [], []
        for quality in (file_format.settings[0], file_format.settings[-1]):
            stored = store(file_format, quality, images)
            assert stored.images.shape == images.shape
            assert stored.images.dtype == np.uint8
            assert 0 < stored.overhead < stored.bytes
            errors.append(float(np.square(stored.images.astype(float) - images).mean()))
            sizes.append(stored.bytes)
        assert errors[0] >= errors[-1]
        assert sizes[0] <= sizes[-1]
        assert errors[-1] < (1e-9 if file_format.lossless else 30)


def test_one_file_has_one_container() -> None:
    png, images = FORMATS["png"], pictures(1)
    single, together = store_single(png, 100, images), store_together(png, 100, images)
    assert single.overhead == 5 * overhead(png, 100, (20, 28, 1)) == 5 * together.overhead
    assert together.bytes < single.bytes


def test_overhead_of_a_png_by_hand() -> None:
    """Signature 8, IHDR 25, IEND 12, and IDAT with 12 around zlib's 6 and the coded rows."""
    coded = overhead(FORMATS["png"], 100, (1, 1, 1)) - 8 - 25 - 12 - 12 - 6
    assert 0 < coded <= 4


@pytest.mark.parametrize("name", ["webp", "webp-lossless", "avif"])
def test_a_format_that_pillow_lacks_is_left_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda feature: False)
    assert "left out" in (FORMATS[name].missing() or "")
    assert FORMATS["png"].missing() is None
    assert FORMATS["jpeg"].missing() is None
