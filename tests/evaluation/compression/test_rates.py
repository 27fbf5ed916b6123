from __future__ import annotations

import pytest
import torch
from PIL import features

from aecore.data import Data, Split
from aecore.errors import InvalidInput
from aecore.evaluation.compression import rates
from aecore.evaluation.compression.rates import (
    PACKINGS,
    SINGLE,
    TOGETHER,
    BreakEven,
    Curve,
    Point,
    break_even,
    images_to_measure,
    measure,
)
from aecore.models.autoencoder import Autoencoder
from aecore.models.bottlenecks.projections import Linear
from aecore.models.bottlenecks.vector_quantized import VectorQuantized
from aecore.models.networks.conv import Conv
from aecore.models.networks.dense import Dense


def data(shape: tuple[int, ...], count: int = 60) -> Data:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=generator)
    split = Split(images, torch.arange(count) % 3)
    return Data(split, split.take(torch.arange(0)), split.take(torch.arange(15)), ("a", "b", "c"))


def point(size: int, psnr: float, packing: str = TOGETHER, tables: int = 0) -> Point:
    return Point(3, packing, size, 0, tables, 8 * size / 784, psnr, None)


def file(name: str, *points: Point) -> Curve:
    return Curve(name, name, "quality", points)


@pytest.mark.parametrize(
    ("own", "decoder_bytes", "files", "expected"),
    {
        "10 bytes less per image": (point(100, 20), 1000, [file("a", point(200, 25))], BreakEven("a", 3, 100)),
        "rounded up": (point(100, 20), 1001, [file("a", point(200, 25))], BreakEven("a", 3, 101)),
        "with tables": (point(100, 20, tables=500), 500, [file("a", point(200, 25))], BreakEven("a", 3, 100)),
        "the smaller file": (
            point(100, 20),
            500,
            [file("a", point(200, 25)), file("b", point(150, 20))],
            BreakEven("b", 3, 100),
        ),
        "a smaller file is worse": (
            point(100, 20),
            1000,
            [file("a", point(200, 25)), file("b", point(50, 19.9))],
            BreakEven("a", 3, 100),
        ),
        "the file is smaller": (point(100, 20), 1000, [file("a", point(90, 25))], BreakEven("a", 3, None)),
        "as small": (point(100, 20), 1000, [file("a", point(100, 25))], BreakEven("a", 3, None)),
        "no file is as good": (point(100, 20), 1000, [file("a", point(200, 15))], None),
        "another packing": (point(100, 20), 1000, [file("a", point(200, 25, SINGLE))], None),
        "no files": (point(100, 20), 1000, [], None),
    }.values(),
)  # fmt: skip
def test_break_even_by_hand(own: Point, decoder_bytes: int, files: list[Curve], expected: BreakEven | None) -> None:
    assert break_even(own, decoder_bytes, 10, files) == expected


@pytest.mark.parametrize(
    ("model", "own"),
    [
        (Autoencoder.of(Dense(widths=(16,)), Linear(latent=4), (1, 16, 12)), "codes"),
        (Autoencoder.of(Conv(), VectorQuantized(codebook_size=8, codebook_dim=4), (3, 8, 8)), "indices"),
    ],
    ids=["dense", "vq in color"],
)
def test_all_methods_on_the_same_images(model: Autoencoder, own: str) -> None:
    done = list[tuple[int, int]]()
    found = measure(model.eval(), data(model.input_shape), lambda *progress: done.append(progress))
    assert done == [(i, len(done) - 1) for i in range(len(done))]
    assert [curve.method for curve in found.curves][:3] == [own, "pca", "pca-steps"]
    assert (found.images, found.pixels) == (15, model.input_shape[1] * model.input_shape[2])
    for curve in found.curves:
        single, together = (curve.packed(packing) for packing in PACKINGS)
        assert len(single) == len(together) == len(found.pictures[curve.method])
        assert found.pictures[curve.method].shape[1:] == found.originals.shape == (12, *model.input_shape)
        for p in curve.points:
            assert p.bits_per_pixel == pytest.approx(8 * p.bytes / 15 / found.pixels)
            assert (p.ssim is None) == (min(model.input_shape[1:]) < 11)
            assert (p.overhead > 0) == (p.tables == 0) == (curve.decoder_bytes == 0)
        if curve.decoder_bytes:
            assert all(t.bytes <= s.bytes for s, t in zip(single, together, strict=True))
    assert found.curve("png").points[0].psnr == 100
    assert torch.equal(found.pictures["png"][0], found.originals)


def test_a_missing_format_is_a_curve_without_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda feature: feature != "avif")
    model = Autoencoder.of(Dense(widths=(4,)), Linear(latent=2), (1, 4, 4)).eval()
    found = measure(model, data((1, 4, 4)), lambda done, total: None)
    assert found.curve("avif").points == ()
    assert "AVIF is left out" in (found.curve("avif").missing or "")
    assert "avif" not in found.pictures


def test_a_class_each_comes_first_and_large_images_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    images = data((1, 10, 10))
    assert torch.equal(images_to_measure(images)[:10], images.test.images[images.examples()])
    assert len(images_to_measure(images)) == 15
    monkeypatch.setattr(rates, "MAX_PIXELS", 1400)
    assert len(images_to_measure(images)) == 14
    monkeypatch.setattr(rates, "MAX_PIXELS", 100)
    assert len(images_to_measure(images)) == rates.SHOWN


def test_vectors_have_no_rate() -> None:
    model = Autoencoder.of(Dense(widths=(8,)), Linear(latent=2), (5,), bounded=False)
    split = Split(torch.zeros(20, 5), torch.zeros(20, dtype=torch.int64))
    with pytest.raises(InvalidInput, match="takes vectors"):
        measure(model, Data(split, split, split, ()), lambda done, total: None)
