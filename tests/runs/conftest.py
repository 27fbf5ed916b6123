from __future__ import annotations

import math

import pytest

from aecore.config.run_config import RunConfig
from aecore.runs import recorder
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.train import Progress, train


@pytest.fixture
def run(store: Store, small: RunConfig) -> Run:
    return store.create(small)


@pytest.fixture
def at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write checkpoints and the live view at every step, at any speed of the machine."""
    for interval in ("SECONDS_BETWEEN_LIVE", "SECONDS_BEFORE_FIRST_CHECKPOINT", "SECONDS_BETWEEN_CHECKPOINTS"):
        monkeypatch.setattr(recorder, interval, 0.0)
    monkeypatch.setattr(recorder, "CHECKPOINT_SHARE", math.inf)


@pytest.fixture(scope="module")
def uninterrupted(small: RunConfig) -> Progress:
    *_, last = train(small, small.dataset.load())
    return last
