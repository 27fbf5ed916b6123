"""Running sweeps in tests: in this process and in others, and their numbers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tensors import equal

from aecore.evaluation.scores import Scores
from aecore.runs.sweeps.execution import SweepStep, run_sweep
from aecore.runs.sweeps.results import sweep_results
from aecore.runs.sweeps.sweep import Sweep

REPOSITORY = Path(__file__).parents[1]

PROCESS = """
import sys
from pathlib import Path
import torch
from aecore.errors import AecoreError
from aecore.runs import recorder
from aecore.runs.store import Store
from aecore.runs.sweeps.execution import run_sweep
from aecore.runs.sweeps.sweep import SweepStore
from aecore.utils.settings import settings
torch.set_num_threads(settings().threads)
recorder.SECONDS_BEFORE_FIRST_CHECKPOINT = recorder.SECONDS_BETWEEN_CHECKPOINTS = 0.0
recorder.CHECKPOINT_SHARE = float("inf")
sweep = SweepStore(Store(Path(sys.argv[1]))).get(sys.argv[2])
wait_at = sys.argv[3]
sys.stdin.readline()
try:
    for step in run_sweep(sweep):
        if step.progress is None and step.state is None:
            print(step.member.number, flush=True)
        if step.progress and f"{step.member.number}/{step.progress.step}" == wait_at:
            print("waits", flush=True)
            sys.stdin.read()
except AecoreError as error:
    print(error)
"""


def process(sweep: Sweep, wait_at: str = "") -> subprocess.Popen[str]:
    """A process that runs the sweep as soon as it gets a line, and prints the number of each run that it trains."""
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(sweep.store.root), sweep.id, wait_at],
        cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def start(running: subprocess.Popen[str]) -> None:
    running.stdin.write("\n")
    running.stdin.flush()


def numbers(sweep: Sweep) -> list[tuple[Any, int, str, Scores | None, Scores | None]]:
    return [(run.value, run.seed, run.status, run.scores, run.pca) for run in sweep_results(sweep).runs]


def assert_same(sweep: Sweep, whole: Sweep) -> None:
    assert numbers(sweep) == numbers(whole)
    for run, expected in zip(sweep.runs(), whole.runs(), strict=True):
        assert equal(run.checkpoint().model, expected.checkpoint().model)


def exhaust(sweep: Sweep, act: Callable[[SweepStep], object] = lambda step: None) -> list[SweepStep]:
    steps = []
    for step in run_sweep(sweep):
        steps.append(step)
        act(step)
    return steps


def is_at(step: SweepStep, number: int, training_step: int) -> bool:
    return step.member.number == number and step.progress is not None and step.progress.step == training_step
