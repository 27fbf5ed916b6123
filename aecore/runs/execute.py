"""Execution of one run in this process, shared by the worker and the shell."""

from __future__ import annotations

import errno
import math
import os
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

import torch
from filelock import Timeout

from aecore.analysis.pca import PCA, fit_leading
from aecore.config.run_config import RunConfig
from aecore.data import Data, Dataset
from aecore.data.pixels import to_float
from aecore.errors import DataUnavailable, Diverged, IncompatibleSettings, UnreadableRun
from aecore.evaluation.scores import score_model, score_pca
from aecore.runs.files.state import State, this_process
from aecore.runs.recorder import Recorder, Stopwatch
from aecore.runs.run import Run
from aecore.training.train import Progress, train
from aecore.utils.settings import settings
from aecore.utils.tensors import read_tensors, write_tensors

SECONDS_BEFORE_BASELINE = 1.0  # of training, so that the first reconstructions appear immediately
FROM_KEYBOARD = "Stopped from the keyboard."
RESERVE_BYTES = 64 * 1024  # freed on a full disk, to write the state


def run_training(
    run: Run,
    callback: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> State:
    """Train a stored run, from its checkpoint if it has one, until it finishes, is stopped or fails.

    Args:
        run: the run; results are written to its folder.
        callback: called after each step.
        cancelled: called after each step; if it returns True, the run goes back to the queue.

    Returns:
        The final state; failures are states, not exceptions.
    """
    # Two processes must never train one run: the second waits until the first has ended.
    with run.training_lock():
        steps = execute(run, callback, cancelled)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                state: State = end.value
                return state


def resume_here(run: Run, config: RunConfig) -> None:
    """Prepare a run to be continued by `run_training` in this process.

    Args:
        run: the run.
        config: its settings from now on.

    Raises:
        PermissionError: the run is training or queued, or is a starter model.
        UnreadableRun: the run was deleted or is damaged.
    """
    refusal = PermissionError(f"“{run.state().name}” is queued or in training; stop it first.")
    try:
        with run.training_lock(0):
            if run.state().active:
                raise refusal
            run.write_config(config)
            reopen(run)
    except Timeout as error:
        raise refusal from error


def reopen(run: Run) -> None:
    """Let `execute` continue a run that has ended, in this process; call it with the run's training lock held."""
    run.request_stop(False)
    changes = {"ended": None, "reason": "", "crash_step": None, "max_seconds": None}
    run.change_state(status="training", queued=time.time(), **changes, **this_process())


def execute(
    run: Run,
    callback: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
    load: Callable[[Dataset], Data] = lambda dataset: dataset.load(),
    restart: bool = False,
) -> Generator[Progress, None, State]:
    """Train a stored run step by step; call it with the run's training lock held. See `run_training`.

    Args:
        run: the run.
        callback: called after each step.
        cancelled: called after each step.
        load: loads the data.
        restart: whether the queue continues the run if this process dies.

    Yields:
        The progress after each step, when everything due at that step is written.

    Returns:
        The final state.
    """
    state = run.state()
    is_started_here = state.status == "training" and state.pid == os.getpid()  # created with training=True
    if not (state.status == "queued" or is_started_here) or cancelled():
        return state  # cancelled in the meantime, or left to another worker
    run.remove_partial_files()
    seconds_before = run.seconds_trained()
    run.change_state(status="training", started=time.time(), ended=None, reason="", restarts=restart, **this_process())
    clock = Stopwatch(seconds_before)
    reserve = run.folder / ".reserve"
    try:
        reserve.write_bytes(bytes(RESERVE_BYTES))
        status, reason = yield from _train(run, clock, callback, cancelled, load, state.max_seconds or math.inf)
    except (DataUnavailable, IncompatibleSettings) as error:
        status, reason = "failed", str(error)
    except Diverged as error:
        status, reason = "failed", f"{error} {run.checkpoint_summary()}"
    except KeyboardInterrupt:
        status, reason = "stopped", FROM_KEYBOARD
    except Exception as error:
        status, reason = "failed", _failure_reason(run, error)
        reserve.unlink(missing_ok=True)  # space for the state on a full disk
        with suppress(OSError):
            (run.folder / "error.log").write_text(traceback.format_exc(), encoding="utf-8")
    reserve.unlink(missing_ok=True)
    ended = None if status == "queued" else time.time()
    state = run.change_state(status=status, reason=reason, ended=ended, seconds=clock.seconds, pid=None)
    return _score_stopped(run, load) if status == "stopped" else state


def _score_stopped(run: Run, load: Callable[[Dataset], Data]) -> State:
    """Score a stopped run: after its state was written, so that the stop is visible immediately."""
    try:
        write_scores(run, run.config(), load(run.config().dataset))
    except Diverged as error:
        return run.change_state(status="failed", reason=f"{error} {run.checkpoint_summary()}")
    except (OSError, DataUnavailable, UnreadableRun):
        pass
    return run.state()


def _train(
    run: Run,
    clock: Stopwatch,
    callback: Callable[[Progress], None],
    cancelled: Callable[[], bool],
    load: Callable[[Dataset], Data],
    max_seconds: float,
) -> Generator[Progress, None, tuple[str, str]]:
    """Train; return the final status and its reason."""
    config = run.config()
    data = load(config.dataset)
    checkpoint = run.checkpoint()
    run.rewind_metrics(checkpoint.step if checkpoint else 0)
    recorder = Recorder(run, config, data, clock)
    started = clock.seconds
    has_baseline = run.results("baseline") is not None
    progress: Progress | None = None

    def should_stop() -> bool:
        return run.stop_requested or cancelled()

    steps = config.training.length.total_steps(config.steps_per_epoch)
    is_done = checkpoint is not None and checkpoint.step >= steps
    for progress in () if is_done else train(config, data, checkpoint, should_stop):
        recorder.record(progress)
        callback(progress)
        with clock.paused():
            yield progress
        if not has_baseline and (progress.validation or clock.seconds - started > SECONDS_BEFORE_BASELINE):
            recorder.write_first_checkpoint(progress)  # PCA of many large images may take long
            with clock.paused():
                has_baseline = _write_baseline(run, config, data, should_stop)
        if should_stop() or clock.seconds > max_seconds:
            break
    if progress is not None:
        recorder.close(progress)
        if progress.step < progress.steps and not progress.ended:
            return _early_end(run, cancelled, max_seconds)
    if not has_baseline:
        _write_baseline(run, config, data)
    write_scores(run, config, data)
    return "finished", progress.ended if progress else ""


def _early_end(run: Run, cancelled: Callable[[], bool], max_seconds: float) -> tuple[str, str]:
    """The status and its reason of a training that was ended before its last step."""
    if run.stop_requested:
        return "stopped", ""
    if cancelled():
        return "queued", ""
    return "stopped", f"Stopped after {max_seconds / 60:.3g} min of training, the most on this server."


def _write_baseline(run: Run, config: RunConfig, data: Data, should_stop: Callable[[], bool] = lambda: False) -> bool:
    """Score PCA. Return whether it was not cancelled by `should_stop`."""
    split = data.validation if len(data.validation) else data.test
    pca = cached_pca(config.dataset, data, config.components, should_stop)
    if pca is None:
        return False
    components = pca.clamp_components(config.components)
    scores = score_pca(pca, components, split, config.corruption)
    run.write_results("baseline", {"components": components, **scores.as_dict()})
    return True


def write_scores(run: Run, config: RunConfig, data: Data) -> None:
    """Compute and store the scores on the test images."""
    run.write_results("scores", compute_scores(run, config, data))


def compute_scores(run: Run, config: RunConfig, data: Data) -> dict[str, Any]:
    """Score a run's last checkpoint and PCA on the test images.

    With a corruption, the inputs are corrupted and the reconstructions are compared with the clean images.
    """
    pca = cached_pca(config.dataset, data, config.components)
    assert pca is not None  # nothing cancels it
    components = pca.clamp_components(config.components)
    baseline = score_pca(pca, components, data.test, config.corruption)
    step, model = run.model_step(), score_model(run.model(), data.test, config.corruption)
    return {"step": step, "components": components, "model": model.as_dict(), "pca": baseline.as_dict()}


def cached_pca(
    dataset: Dataset, data: Data, components: int, should_stop: Callable[[], bool] = lambda: False
) -> PCA | None:
    """Return PCA of a dataset's training images with at least so many components; None if cancelled by `should_stop`.

    From the cache if possible: all runs on a dataset share it.
    """
    fields = dataset.model_dump(exclude={"kind", "images", "validation"}).values()
    key = "-".join(map(str, (dataset.kind, len(data.training), len(data.validation), *fields)))
    complete = settings().cache / f"pca-{key}.safetensors"
    leading = settings().cache / f"pca-{key}-first-{components}.safetensors"
    for path in (complete, leading):
        with suppress(FileNotFoundError, ValueError):
            tensors, _ = read_tensors(path)
            return PCA(tensors["mean"], tensors["components"])
    pca = fit_leading(to_float(data.training.images), components, should_stop)
    if pca is None:
        return None
    path = leading if len(pca.components) < min(data.training.images.flatten(1).shape) else complete
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tensors(path, {"mean": pca.mean, "components": pca.components}, {})
    return pca


def _failure_reason(run: Run, error: Exception) -> str:
    """Describe why a training failed and what to do."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "The disk is full. Free some space and press Continue; the last checkpoint is intact."
    if isinstance(error, OSError):
        return f"A file could not be written: {error.strerror or error}. {run.checkpoint_summary()}"
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "memory" in str(error).lower():
        return "Out of memory. Choose a smaller network or batch size."
    return f"Training failed ({type(error).__name__}: {error}). Details are in error.log in the run's folder."
