"""What tests of the execution of runs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from aecore.config.run_config import RunConfig
from aecore.runs.run import Run
from aecore.training.train import Progress


def at(step: int, act: Callable[[], Any]) -> Callable[[Progress], None]:
    return lambda progress: act() if progress.step == step else None


def requeued(run: Run, config: RunConfig | None = None) -> Run:
    """Queue a run again, as the queue does."""
    if config:
        run.write_config(config)
    run.request_stop(False)
    run.change_state(status="queued")
    return run


def weights(run: Run) -> dict[str, torch.Tensor]:
    return run.checkpoint().model


def validation(run: Run) -> list[dict[str, float]]:
    return [record["validation"] for record in run.metrics() if "validation" in record]


def fail(error: BaseException) -> None:
    raise error
