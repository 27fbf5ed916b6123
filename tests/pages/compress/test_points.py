"""Sentences and comparable points from measured rates."""

from __future__ import annotations

import pytest
import torch

from aecore.evaluation.compression.rates import SINGLE, TOGETHER, Curve, Point, RateDistortion
from pages.parts.compress.points import FIDELITIES, Comparison, losses
from pages.parts.compress.results import setting_text


def curve(method: str, *points: tuple[float, float], decoder_bytes: int = 100) -> Curve:
    """A method whose points have these bits per image and PSNR, the same in both packings."""
    return Curve(
        method, method.upper(), "bits" if decoder_bytes else "quality",
        tuple(
            Point(i, packing, round(bits * 10 / 8), 0, 0, bits / 784, psnr, psnr / 100)
            for packing in (SINGLE, TOGETHER)
            for i, (bits, psnr) in enumerate(points, 1)
        ),
        decoder_bytes,
    )  # fmt: skip


def compared(*curves: Curve, fidelity: str = "psnr") -> Comparison:
    return Comparison(RateDistortion(10, 784, curves, torch.zeros(0), {}), SINGLE, FIDELITIES[fidelity])


CODES = curve("codes", (16, 13), (32, 15), (64, 16), (128, 16.1))


@pytest.mark.parametrize(
    ("rival", "expected"),
    {
        "needs more bits": (curve("png", (2000, 100)), "no other method here has a better PSNR"),
        "worse everywhere": (curve("pca", (16, 12), (128, 15)), "no other method here has a better PSNR"),
        "better everywhere": (curve("pca", (16, 14), (128, 20)), "at every size"),
        "with the most bits": (curve("pca", (16, 12), (64, 17)), "has the better PSNR from 64 bits per image on."),
        "with the fewest": (curve("pca", (16, 14), (32, 14.5), (128, 15)), "better PSNR up to 16 bits per image."),
        "at both ends": (
            curve("pca", (16, 14), (32, 14), (64, 15), (128, 17)),
            "better PSNR up to 16 bits per image, and from 128 bits per image on.",
        ),
        "in the middle": (curve("pca", (16, 12), (32, 15.5), (64, 15.5)), "better PSNR at 32 bits per image."),
        "between its settings": (curve("pca", (60, 15.9), (70, 17)), "better PSNR from 64 bits per image on."),
    }.values(),
)  # fmt: skip
def test_says_where_a_rival_is_better(rival: Curve, expected: str) -> None:
    assert expected in losses(compared(CODES, rival))[0]


def test_rivals_that_are_better_at_the_same_sizes_share_a_sentence() -> None:
    first, second, third = (curve(name, (16, 14), (128, 20)) for name in ("pca", "webp", "avif"))
    other = curve("jpeg", (16, 12), (64, 17))
    assert losses(compared(CODES, first, other, second, third))[:2] == [
        "**PCA**, **WEBP** and **AVIF** have the better PSNR at every size of the codes.",
        "**JPEG** has the better PSNR from 64 bits per image on.",
    ]


def test_says_what_gets_above_the_best_codes_with_the_fewest_bits() -> None:
    jpeg, png = curve("jpeg", (900, 15), (1200, 20.04)), curve("png", (2000, 100))
    assert losses(compared(CODES, jpeg, png))[-1] == (
        "More bits do not lift the codes above 16.1 dB: what the encoder left out is lost. JPEG gets to 20.0 dB with "
        "1,200 bits per image."
    )
    assert "PNG gets to lossless" in losses(compared(CODES, png))[-1]
    assert losses(compared(curve("indices", (64, 16)), png))[-1].startswith("The codes do not get above 16.0 dB:")
    assert len(losses(compared(CODES, curve("pca", (16, 16.2))))) == 1, "nobody sees a tenth of a decibel"


@pytest.mark.parametrize(
    ("rival", "bits", "reached"),
    [
        (curve("pca", (30, 15), (60, 16), (90, 18)), 60, True),
        (curve("pca", (30, 15), (60, 15.7), (90, 15.8)), 60, False),
        (curve("png", (2000, 100)), 2000, True),
    ],
)
def test_compares_at_equal_fidelity(rival: Curve, bits: float, reached: bool) -> None:
    """With the point of the codes above which more bits change nothing: 64 bits."""
    comparison = compared(CODES, rival)
    assert comparison.bits(comparison.reference()) == 64
    point, found = comparison.comparable(rival)
    assert (comparison.bits(point), found) == (pytest.approx(bits, abs=1), reached)


def test_follows_the_fidelity() -> None:
    assert "better SSIM" in losses(compared(CODES, curve("pca", (16, 14)), fidelity="ssim"))[0]


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (curve("codes", (16, 13)), "1 bit per number"),
        (curve("indices", (16, 13)), "1 bit per index"),
        (curve("jpeg", (16, 13), decoder_bytes=0), "quality 1"),
        (curve("png", (16, 100), decoder_bytes=0), "lossless"),
    ],
)
def test_names_settings(measured: Curve, expected: str) -> None:
    assert setting_text(measured, measured.points[0]) == expected
