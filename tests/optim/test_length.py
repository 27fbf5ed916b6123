from __future__ import annotations

import pytest

from aecore.optim.length import MAX_STEPS, Epochs, Length, Steps, steps_per_epoch


@pytest.mark.parametrize(
    ("length", "total", "text", "in_both"),
    [
        (Epochs(epochs=3), 96, "3 epochs", "3 epochs, 96 steps"),
        (Epochs(epochs=1), 32, "1 epoch", "1 epoch, 32 steps"),
        (Steps(steps=1300), 1300, "1,300 steps", "40.62 epochs, 1,300 steps"),
        (Steps(steps=1), 1, "1 step", "0.03 epochs, 1 step"),
    ],
)
def test_total(length: Length, total: int, text: str, in_both: str) -> None:
    assert length.total_steps(32) == total
    assert length.text == text
    assert length.text_in_both(32) == in_both


@pytest.mark.parametrize(
    ("length", "step", "progress", "done"),
    [
        (Epochs(epochs=10), 0, "epoch 1 of 10", "0 of 10 epochs"),
        (Epochs(epochs=10), 71, "epoch 3 of 10", "2.22 of 10 epochs"),
        (Epochs(epochs=10), 320, "epoch 10 of 10", "10 of 10 epochs"),
        (Epochs(epochs=9_999), 32 * 1234, "epoch 1,235 of 9,999", "1,234 of 9,999 epochs"),
        (Steps(steps=1300), 300, "step 300 of 1,300", "300 of 1,300 steps"),
        (Steps(steps=MAX_STEPS), MAX_STEPS, "step 1,000,000 of 1,000,000", "1,000,000 of 1,000,000 steps"),
    ],
)
def test_texts(length: Length, step: int, progress: str, done: str) -> None:
    assert length.progress_text(step, step / 32) == progress
    assert length.done_text(step, step / 32) == done


@pytest.mark.parametrize(
    ("steps", "per_epoch", "length"),
    [
        (640, 32, Epochs(epochs=20)),
        (640, 430, Epochs(epochs=1)),
        (10, 430, Epochs(epochs=1)),
        (10**6, 1, Epochs(epochs=10_000)),
        (640, 32, Steps(steps=640)),
        (10_000 * 430, 430, Steps(steps=MAX_STEPS)),
    ],
)
def test_from_steps(steps: int, per_epoch: int, length: Length) -> None:
    assert type(length).from_steps(steps, per_epoch) == length


@pytest.mark.parametrize(("images", "batch", "steps"), [(4000, 128, 32), (4096, 128, 32), (5, 10, 1)])
def test_steps_per_epoch(images: int, batch: int, steps: int) -> None:
    assert steps_per_epoch(images, batch) == steps
