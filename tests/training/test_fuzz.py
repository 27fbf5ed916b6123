"""Random settings: a run either finishes with finite numbers, or fails with a reason in words."""

from __future__ import annotations

import pytest

from aecore.runs.store import Store
from benchmarks.fuzz.configs import random_config
from benchmarks.fuzz.runs import problem_of_run

CONFIGS, PARTS = 100, 20


@pytest.mark.parametrize("part", range(PARTS))
def test_no_number_that_is_not_finite_finishes(store: Store, part: int) -> None:
    problems = {}
    for seed in range(part, CONFIGS, PARTS):
        status, problem = problem_of_run(store, random_config(seed))
        if problem:
            problems[seed] = f"{status}: {problem}"
    assert not problems


def test_configs_are_those_of_their_seed_and_of_all_kinds() -> None:
    configs = [random_config(seed) for seed in range(CONFIGS)]
    assert configs[7] == random_config(7)
    for group in ("network", "bottleneck", "corruption", "penalty"):
        assert len({getattr(config, group).kind for config in configs}) > 2
