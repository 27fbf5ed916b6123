from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from aecore.errors import InvalidInput
from aecore.evaluation.compression.priors import TOTAL, Prior, fit_prior, fit_shared_prior, to_frequencies

UNIFORM = np.full(4, TOTAL // 4)
SKEWED = np.array([TOTAL // 2, TOTAL // 4, TOTAL // 8, TOTAL // 8])
ONE = np.array([TOTAL])


@st.composite
def coded(draw: st.DrawFn) -> tuple[Prior, np.ndarray]:
    levels = draw(st.lists(st.integers(1, 300), min_size=1, max_size=5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread = draw(st.sampled_from([0.01, 0.3, 10.0]))
    prior = Prior(tuple(to_frequencies(rng.dirichlet(np.full(size, spread)) + 1e-9) for size in levels))
    count = draw(st.integers(0, 60))
    likely = draw(st.booleans())
    columns = [rng.choice(len(f), count, p=f / TOTAL if likely else None) for f in prior.frequencies]
    return prior, np.stack(columns, axis=1).astype(np.int32)


@given(coded())
def test_symbols_return_and_cost_what_the_prior_says(example: tuple[Prior, np.ndarray]) -> None:
    prior, symbols = example
    payload = prior.compress(symbols)
    np.testing.assert_array_equal(prior.decompress(payload, len(symbols)), symbols)
    assert 8 * len(payload) <= 1.01 * prior.cost(symbols).sum() + 16
    assert Prior.from_json(prior.to_json()).compress(symbols) == payload


@given(coded(), st.binary(max_size=40))
def test_foreign_payloads_decode_to_symbols_or_are_refused(example: tuple[Prior, np.ndarray], payload: bytes) -> None:
    prior, symbols = example
    try:
        found = prior.decompress(payload, len(symbols))
    except InvalidInput:
        return
    assert prior.compress(found) == payload


@pytest.mark.parametrize(
    ("frequencies", "symbols", "bits"),
    [
        (UNIFORM, [0, 1, 2, 3], 8.0),
        (SKEWED, [0, 0, 1, 3], 1 + 1 + 2 + 3),
        (ONE, [0, 0, 0], 0.0),
        (UNIFORM, [], 0.0),
    ],
)
def test_cost_is_the_information_content(frequencies: np.ndarray, symbols: list[int], bits: float) -> None:
    prior, column = Prior((frequencies,)), np.array(symbols, np.int32)[:, None]
    assert prior.cost(column).sum() == bits
    assert bits <= 8 * len(prior.compress(column)) <= bits + 16


def test_payloads_stay_the_same() -> None:
    """Files are decoded by later versions of the coder. By hand: 0 10 0 111 0, then 11 10 01 00 10, less a trifle."""
    symbols = np.array([[0, 3], [1, 2], [0, 1], [3, 0], [0, 2]], np.int32)
    assert Prior((SKEWED, UNIFORM)).compress(symbols).hex() == "4ee47f"


@pytest.mark.parametrize("symbols", [[[4]], [[-1]], [[0, 0]], [0]])
def test_refuses_symbols_outside_of_the_alphabet(symbols: list[object]) -> None:
    with pytest.raises(InvalidInput):
        Prior((UNIFORM,)).compress(np.array(symbols, np.int32))


@pytest.mark.parametrize(
    "stored", [None, 1, [], [[]], [[0, TOTAL]], [[1, 2]], [["a"]], [[TOTAL + 1, -1]], [[[TOTAL]]], [[1e400, 1]]]
)
def test_refuses_damaged_priors(stored: object) -> None:
    with pytest.raises(InvalidInput):
        Prior.from_json(stored)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1.0], [TOTAL]),
        ([1.0, 1.0], [TOTAL // 2, TOTAL // 2]),
        ([3.0, 1.0], [TOTAL * 3 // 4, TOTAL // 4]),
        ([1.0, 1e-12], [TOTAL - 1, 1]),
    ],
)
def test_frequencies_are_whole_and_positive(weights: list[float], expected: list[int]) -> None:
    frequencies = to_frequencies(np.array(weights))
    assert frequencies.sum() == TOTAL
    np.testing.assert_allclose(frequencies, expected, atol=1)


def test_counts_are_smoothed_by_half_a_symbol() -> None:
    prior = fit_prior(np.array([[0], [0], [1]], np.int32), np.array([4], np.int32))
    np.testing.assert_allclose(prior.frequencies[0] / TOTAL, [2.5 / 5, 1.5 / 5, 0.5 / 5, 0.5 / 5], atol=1e-4)


def test_positions_share_what_they_have_in_common() -> None:
    """The distribution over all positions counts as two images."""
    symbols = np.array([[0, 0], [0, 1]], np.int32)  # everywhere: 3.5 and 1.5 of 5
    first, second = fit_shared_prior(symbols, 2, strength=2.0).frequencies
    np.testing.assert_allclose(first / TOTAL, [(2 + 1.4) / 4, 0.6 / 4], atol=1e-4)
    np.testing.assert_allclose(second / TOTAL, [(1 + 1.4) / 4, (1 + 0.6) / 4], atol=1e-4)
