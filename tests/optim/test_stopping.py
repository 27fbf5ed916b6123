from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from aecore.optim.stopping import Early, NoStopping, Stopping
from aecore.options.registry import options_by_kind

NAN = math.nan
every = pytest.mark.parametrize("option", options_by_kind(Stopping).values(), ids=options_by_kind(Stopping).keys())


@pytest.mark.parametrize(
    ("stopping", "history", "over"),
    [
        (NoStopping(), [], False),
        (NoStopping(), [1.0] * 1000, False),
        (Early(patience=2), [], False),
        (Early(patience=2), [1], False),
        (Early(patience=2), [1, 2], False),
        (Early(patience=2), [1, 2, 3], True),
        (Early(patience=2), [1, 1, 1], True),  # no worse is no better
        (Early(patience=2), [1, 2, 0.5], False),
        (Early(patience=2), [1, 2, 0.5, 0.6, 0.7], True),
        (Early(patience=1), [3, 2, 1], False),
        (Early(patience=2, min_delta=0.5), [3, 2.6, 2.5], True),  # 0.5 is not more than 0.5
        (Early(patience=2, min_delta=0.5), [3, 2.6, 2.4], False),  # small steps count together
        (Early(patience=2), [NAN] * 10, False),
        (Early(patience=2), [1, NAN, NAN, 2], False),  # what was not computed tells nothing
        (Early(patience=2), [1, NAN, 2, NAN, 2], True),
        (Early(patience=2), [1, 2, 2, NAN], True),
        (Early(patience=2), [math.inf, math.inf, 1], False),
    ],
)
def test_is_over(stopping: Stopping, history: Sequence[float], over: bool) -> None:
    assert stopping.is_over(history) is over


@every
@pytest.mark.parametrize(
    ("history", "best"),
    [
        ([], None),
        ([NAN, NAN], None),
        ([1], 0),
        ([3, 1, 2], 1),
        ([3, 1, 1], 1),
        ([NAN, 3, NAN, 2, NAN], 3),
    ],
)
def test_best(option: type[Stopping], history: Sequence[float], best: int | None) -> None:
    assert option().best(history) == best


def test_the_best_epoch_is_the_lowest_even_where_it_hardly_counts_as_better() -> None:
    assert Early(min_delta=0.5).best([3, 2.9, 2.8]) == 2


@every
def test_only_a_rule_that_says_so_goes_by_validation(option: type[Stopping]) -> None:
    assert option().is_over([1.0] * 100) == option.needs_validation


def test_who_takes_the_best_weights_back() -> None:
    assert not NoStopping().restores_best
    assert Early().restores_best
    assert not Early(restore_best=False).restores_best
