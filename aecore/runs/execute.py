"""The life of one run in this process: train, keep what comes, end in one of the states. Worker and shell share it."""

from __future__ import annotations

import errno
import os
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import torch

from aecore.analysis.pca import PCA, fit_pca
from aecore.config.run_config import RunConfig
from aecore.data import Data, Dataset
from aecore.data.pixels import to_float
from aecore.errors import DataUnavailable, Diverged, UnreadableRun
from aecore.evaluation.scores import score_model, score_pca
from aecore.runs.recorder import Recorder
from aecore.runs.run import Run
from aecore.runs.state import State, this_process
from aecore.training.train import Progress, train
from aecore.utils.settings import settings
from aecore.utils.tensors import read_tensors, write_tensors

SECONDS_BEFORE_BASELINE = 1.0  # the first pictures come first
RESERVE_BYTES = 64 * 1024


def run_training(
    run: Run,
    callback: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> State:
    """Train a stored run, from its checkpoint if it has one, until it ends, is stopped or fails.

    Args:
        run: the run; its folder receives everything.
        callback: called with each step's progress.
        cancelled: asked each step whether to end as interrupted.

    Returns:
        The state the run ended in; failures are states, not exceptions.
    """
    # Two processes must never train one run: the second waits until the first has let go.
    with run.held():
        state = run.state()
        ours = state.status == "training" and state.pid == os.getpid()  # created to be trained here
        if not (state.status == "queued" or ours) or cancelled():
            return state  # taken out of the line in the meantime, or left in it for another
        run.sweep()
        # A run that ended by itself says how long it took; one that was killed left its last record.
        began, spent = time.time(), max(state.seconds, (run.metrics() or [{"seconds": 0.0}])[-1]["seconds"])
        run.change_state(status="training", started=began, ended=None, reason="", **this_process())
        reserve = run.folder / ".reserve"
        try:
            reserve.write_bytes(bytes(RESERVE_BYTES))
            status, reason = _train(run, spent, callback, cancelled)
        except DataUnavailable as error:
            status, reason = "failed", str(error)
        except Diverged as error:
            status, reason = "failed", f"{error} {run.kept()}"
        except KeyboardInterrupt:
            status, reason = "stopped", "Stopped from the keyboard."
        except Exception as error:
            status, reason = "failed", _sentence(error)
            reserve.unlink(missing_ok=True)  # room for the last words on a full disk
            with suppress(OSError):
                (run.folder / "error.log").write_text(traceback.format_exc(), encoding="utf-8")
        reserve.unlink(missing_ok=True)
        now = time.time()
        state = run.change_state(status=status, reason=reason, ended=now, seconds=spent + now - began, pid=None)
        if status == "stopped":
            # The wish is fulfilled first; the numbers follow within seconds.
            with suppress(OSError, DataUnavailable, UnreadableRun):
                report(run, run.config(), run.config().dataset.load())
    return state


def _train(
    run: Run, spent: float, callback: Callable[[Progress], None], cancelled: Callable[[], bool]
) -> tuple[str, str]:
    """Train to an end; the status and the reason for it."""
    config = run.config()
    data = config.dataset.load()
    checkpoint = run.checkpoint()
    run.rewind_metrics(checkpoint.step if checkpoint else 0)
    recorder = Recorder(run, config, data, spent)
    began = time.monotonic()
    has_baseline = run.numbers("baseline") is not None
    progress: Progress | None = None

    def should_stop() -> bool:
        return run.stop_wanted or cancelled()

    for progress in train(config, data, checkpoint, should_stop):
        recorder.record(progress)
        callback(progress)
        if should_stop():
            break
        if not has_baseline and (progress.validation or time.monotonic() - began > SECONDS_BEFORE_BASELINE):
            _write_baseline(run, config, data)
            has_baseline = True
    if progress is not None:
        recorder.close(progress)
        if progress.step < progress.steps and not progress.ended:
            if run.stop_wanted:
                return "stopped", ""
            return "interrupted", "The app was closed. Everything up to here is kept."
    if not has_baseline:
        _write_baseline(run, config, data)
    report(run, config, data)
    return "finished", progress.ended if progress else ""


def _write_baseline(run: Run, config: RunConfig, data: Data) -> None:
    seen = data.validation if len(data.validation) else data.test
    principal = principal_components(config.dataset, data)
    components = principal.at_most(config.components)
    scores = score_pca(principal, components, seen, config.corruption)
    run.write_numbers("baseline", {"components": components, **scores.as_dict()})


def report(run: Run, config: RunConfig, data: Data) -> None:
    """Keep the scores on the test pictures."""
    run.write_numbers("scores", scored(run, config, data))


def scored(run: Run, config: RunConfig, data: Data) -> dict[str, Any]:
    """Scores of a run's model, as of its last checkpoint, and of PCA, on the test pictures.

    Where the run learns to remove noise, both are given noisy pictures and scored by the clean ones.
    """
    principal = principal_components(config.dataset, data)
    components = principal.at_most(config.components)
    pca = score_pca(principal, components, data.test, config.corruption)
    step, model = run.model_step(), score_model(run.model(), data.test, config.corruption)
    return {"step": step, "components": components, "model": model.as_dict(), "pca": pca.as_dict()}


def principal_components(dataset: Dataset, data: Data) -> PCA:
    """PCA of a data set's training pictures, kept in the cache: it is the same for every run on them."""
    others = dataset.model_dump(exclude={"kind", "images", "validation"}).values()
    key = "-".join(map(str, (dataset.kind, len(data.training), len(data.validation), *others)))
    kept = settings().cache / f"pca-{key}.safetensors"
    with suppress(FileNotFoundError, ValueError):
        tensors, _ = read_tensors(kept)
        return PCA(tensors["mean"], tensors["components"])
    principal = fit_pca(to_float(data.training.images))
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_tensors(kept, {"mean": principal.mean, "components": principal.components}, {})
    return principal


def _sentence(error: Exception) -> str:
    """Why a training failed, for a person."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "The disk is full. Make room and press Continue; the last checkpoint is intact."
    if isinstance(error, OSError):
        return f"A file could not be written ({error}). The last checkpoint is intact."
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "memory" in str(error).lower():
        return "The computer's memory is full. Choose a smaller network or batch."
    return f"Training failed ({type(error).__name__}: {error}). Details are in error.log in the run's folder."
