"""What may change when a run continues, and what is said about its learning rate."""

from __future__ import annotations

from typing import Any

import pytest
from tensors import equal

from aecore.config.run_config import RunConfig
from aecore.errors import IncompatibleSettings
from aecore.runs.continuation import learning_rates, rate_change
from aecore.runs.store import Store
from aecore.training.train import train


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training.batch_size": 100}, "Batch size is 100"),
        ({"dataset.images": 400}, "Training images is 400"),
        ({"dataset.validation": 100}, "Validation images is 100"),
        ({"dataset.kind": "mnist"}, "Data is mnist"),
        ({"training.length.epochs": 5, "training.learning_rate": 0.1, "network.dropout": 0.0}, None),
    ],
)
def test_changes_that_would_confuse_the_progress_are_refused(
    store: Store, small: RunConfig, changes: dict[str, Any], message: str | None
) -> None:
    run, changed = store.create(small), small.changed(changes)
    run.write_config(changed)  # without a checkpoint, everything may change
    run.write_config(small)
    checkpoint = next(train(small, small.dataset.load())).checkpoint()
    run.write_checkpoint(checkpoint)
    if message is None:
        run.write_config(changed)
        assert run.config() == changed
        return
    with pytest.raises(IncompatibleSettings, match=message):
        run.write_config(changed)
    assert run.config() == small
    restored = run.checkpoint()
    assert restored is not None
    assert restored.steps_per_epoch == checkpoint.steps_per_epoch == 10
    assert equal(restored.model, checkpoint.model)


@pytest.mark.parametrize(
    ("schedule", "changes", "last", "following"),
    [
        ("constant", {"training.length.epochs": 6}, 1e-3, 1e-3),
        ("constant", {"training.length.epochs": 6, "training.learning_rate": 1e-4}, 1e-3, 1e-4),
        ("cosine", {"training.length.epochs": 6}, 1.27e-5, 5.05e-4),
        ("one-cycle", {"training.length.epochs": 6}, 1e-7, 7.9e-4),
    ],
)
def test_the_learning_rate_before_and_after_a_continuation(
    small: RunConfig, schedule: str, changes: dict[str, Any], last: float, following: float
) -> None:
    before = small.changed({"training.schedule.kind": schedule})
    rates = learning_rates(before, before.changed(changes), step=30, history=[])
    assert rates == pytest.approx((last, following), rel=0.01)


@pytest.mark.parametrize(
    ("schedule", "changes", "step", "said"),
    [
        (
            {"kind": "cosine"},
            {"training.length.epochs": 6},
            30,
            "was 1.3e-05 and continues at 0.00051: Cosine follows the",
        ),
        ({"kind": "cosine"}, {"training.learning_rate": 1e-5}, 10, "was 0.0008 and continues at 7.5e-06."),
        ({"kind": "constant"}, {"training.learning_rate": 0.1}, 30, "was 0.001 and continues at 0.1."),
        (
            {"kind": "one-cycle"},
            {"training.length": {"kind": "steps", "steps": 31}, "training.learning_rate": 0.05},
            30,
            "was 1e-07 and continues at 5e-06.",
        ),
        ({"kind": "cosine"}, {}, 29, None),  # stopped near the end: it falls as planned
        ({"kind": "step", "step_size": 1}, {"training.length.epochs": 6}, 30, None),  # does not depend on the length
        ({"kind": "plateau", "patience": 0}, {"training.length.epochs": 6}, 30, None),
    ],
)
def test_a_change_of_the_learning_rate_is_said(
    small: RunConfig, schedule: dict[str, Any], changes: dict[str, Any], step: int, said: str | None
) -> None:
    before = small.changed({"training.schedule": schedule})
    records = [{"step": 10 * epoch, "epoch": epoch, "validation": {"loss": 5.0 + epoch}} for epoch in (1, 2, 3)]
    change = rate_change(before, before.changed(changes), step, records)
    assert (said in change) if said and change else change is said
