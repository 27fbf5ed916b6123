from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from aecore.optim.stopping import EarlyStopping, NoStopping, Stopping
from aecore.options.registry import options_by_kind

NAN = math.nan
each = pytest.mark.parametrize("option", options_by_kind(Stopping).values(), ids=options_by_kind(Stopping).keys())


@pytest.mark.parametrize(
    ("stopping", "history", "stops"),
    [
        (NoStopping(), [], False),
        (NoStopping(), [1.0] * 1000, False),
        (EarlyStopping(patience=2), [], False),
        (EarlyStopping(patience=2), [1], False),
        (EarlyStopping(patience=2), [1, 2], False),
        (EarlyStopping(patience=2), [1, 2, 3], True),
        (EarlyStopping(patience=2), [1, 1, 1], True),  # equal is not an improvement
        (EarlyStopping(patience=2), [1, 2, 0.5], False),
        (EarlyStopping(patience=2), [1, 2, 0.5, 0.6, 0.7], True),
        (EarlyStopping(patience=1), [3, 2, 1], False),
        (EarlyStopping(patience=2, min_delta=0.5), [3, 2.6, 2.5], True),  # 0.5 is not more than 0.5
        (EarlyStopping(patience=2, min_delta=0.5), [3, 2.6, 2.4], False),  # small improvements add up
        (EarlyStopping(patience=2), [NAN] * 10, False),
        (EarlyStopping(patience=2), [1, NAN, NAN, 2], False),  # NaN is skipped
        (EarlyStopping(patience=2), [1, NAN, 2, NAN, 2], True),
        (EarlyStopping(patience=2), [1, 2, 2, NAN], True),
        (EarlyStopping(patience=2), [math.inf, math.inf, 1], False),
    ],
)
def test_should_stop(stopping: Stopping, history: Sequence[float], stops: bool) -> None:
    assert stopping.should_stop(history) is stops


@each
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
def test_best_epoch(option: type[Stopping], history: Sequence[float], best: int | None) -> None:
    assert option().best(history) == best


def test_best_epoch_ignores_the_minimum_improvement() -> None:
    assert EarlyStopping(min_delta=0.5).best([3, 2.9, 2.8]) == 2


@each
def test_needs_validation_is_true_only_for_rules_that_use_it(option: type[Stopping]) -> None:
    assert option().should_stop([1.0] * 100) == option.needs_validation


def test_restores_best_follows_the_setting() -> None:
    assert not NoStopping().restores_best
    assert EarlyStopping().restores_best
    assert not EarlyStopping(restore_best=False).restores_best
