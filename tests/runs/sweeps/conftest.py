"""Sweeps of the small settings."""

from __future__ import annotations

import pytest

from aecore.config.run_config import RunConfig
from aecore.runs.store import Store
from aecore.runs.sweeps.execution import run_sweep
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.sweep import Sweep, SweepStore


@pytest.fixture(scope="module")
def plan(small: RunConfig) -> SweepPlan:
    return SweepPlan(base=small, setting="bottleneck.latent", values=(2, 4), seeds=2)


@pytest.fixture
def sweep(store: Store, plan: SweepPlan) -> Sweep:
    return SweepStore(store).create(plan)


@pytest.fixture(scope="module")
def whole(plan: SweepPlan, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """The sweep without an interruption."""
    sweep = SweepStore(Store(tmp_path_factory.mktemp("whole"))).create(plan)
    for _ in run_sweep(sweep):
        pass
    return sweep
