from __future__ import annotations

import json

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from aecore.errors import InvalidInput
from aecore.evaluation.compression.quantizers import Quantizer, fit_step, fit_uniform

CODES = arrays(np.float32, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.floats(-100, 100, width=32))


@pytest.mark.parametrize(
    ("code", "symbol", "center"),
    [
        (-3.0, 0, -0.75),
        (-1.0, 0, -0.75),
        (-0.5, 1, -0.25),
        (0.2, 2, 0.25),
        (0.99, 3, 0.75),
        (1.0, 3, 0.75),
        (9, 3, 0.75),
    ],
)
def test_four_bins_from_minus_one_to_one(code: float, symbol: int, center: float) -> None:
    quantizer = Quantizer(np.float32([-1]), np.float32([0.5]), np.int32([4]))
    symbols = quantizer.quantize(np.float32([[code]]))
    assert symbols.tolist() == [[symbol]]
    assert quantizer.dequantize(symbols).tolist() == [[center]]


@given(CODES, st.integers(1, 8))
def test_uniform_bins_cover_the_training_codes(codes: np.ndarray, bits: int) -> None:
    quantizer = fit_uniform(codes, bits)
    symbols = quantizer.quantize(codes)
    assert symbols.min() >= 0
    assert symbols.max() < 2**bits
    np.testing.assert_array_equal(quantizer.quantize(quantizer.dequantize(symbols)), symbols)
    whole_range = (codes.max(axis=0) - codes.min(axis=0)) / 2**bits
    errors = np.square(quantizer.dequantize(symbols) - codes).mean(axis=0)
    assert (errors <= np.square(whole_range / 2) + 1e-3).all(), "never worse than bins over the whole range"


@pytest.mark.parametrize(("values", "bits"), [([0.0, 1.0], 1), ([2.0, 2.0], 1), ([-1.0, 0.0, 1.0, 2.0], 2)])
def test_few_values_are_met_exactly(values: list[float], bits: int) -> None:
    codes = np.float32(values)[:, None]
    quantizer = fit_uniform(codes, bits)
    np.testing.assert_allclose(quantizer.dequantize(quantizer.quantize(codes)), codes, atol=1e-6)


def test_more_bits_lose_less() -> None:
    codes = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)
    errors = []
    for bits in range(1, 9):
        quantizer = fit_uniform(codes, bits)
        errors.append(np.square(quantizer.dequantize(quantizer.quantize(codes)) - codes).mean())
    # Optimal uniform quantizers of a normal distribution: Max, Quantizing for minimum distortion, 1960, table II.
    np.testing.assert_allclose(errors[:4], [0.3634, 0.1188, 0.03744, 0.01154], rtol=0.1)
    assert errors == sorted(errors, reverse=True)


@given(CODES, st.floats(0.5, 50))
def test_bins_of_one_width_lose_at_most_half_a_bin(codes: np.ndarray, step: float) -> None:
    quantizer = fit_step(codes, step)
    lost = np.abs(quantizer.dequantize(quantizer.quantize(codes)) - codes)
    assert lost.max() <= step / 2 + 1e-3


def test_a_dimension_within_one_bin_has_one_level() -> None:
    codes = np.float32([[-0.1, -5], [0.1, 5]])
    assert fit_step(codes, 1.0).levels.tolist() == [1, 11]


@given(CODES, st.integers(1, 8))
def test_json_keeps_every_bit(codes: np.ndarray, bits: int) -> None:
    quantizer = fit_uniform(codes, bits)
    restored = Quantizer.from_json(json.loads(json.dumps(quantizer.to_json())))
    for name in ("low", "step", "levels"):
        np.testing.assert_array_equal(getattr(restored, name), getattr(quantizer, name))


@pytest.mark.parametrize(
    "changes",
    [
        {"low": None},
        {"low": ["a"]},
        {"low": [[1.0]]},
        {"low": [1.0, 2.0]},
        {"low": [float("inf")]},
        {"step": [0.0]},
        {"step": [-1.0]},
        {"levels": [0]},
        {"levels": [5000]},
        {"levels": [10**20]},
    ],
)
def test_refuses_damaged_quantizers(changes: dict[str, object]) -> None:
    stored = {"low": [0.0], "step": [1.0], "levels": [4]} | changes
    with pytest.raises(InvalidInput):
        Quantizer.from_json(stored)
