"""Resources that all sessions share: store, queue, data, models and results, cached by run and step with a limit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import streamlit as st
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.data import Data, Dataset
from aecore.evaluation.features.neighbors import SearchedSet
from aecore.evaluation.outliers import encode_images
from aecore.evaluation.scores import ReconstructedSet, reconstruct
from aecore.latent.codes import encode_dataset
from aecore.latent.space import LatentSpace
from aecore.models.autoencoder import Autoencoder
from aecore.runs.computed.projections import map_dataset_of
from aecore.runs.computed.searched_features import read_searched
from aecore.runs.execute import compute_scores
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.runs.sweeps.sweep import SweepStore
from aecore.workers.queue import Queue
from pages.parts.shell.paths import ASSETS

MAX_CODES = 10_000


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The visitors' runs, and the starter models that come with the app."""
    return Store(read_only=(ASSETS / "starters",))


def sweeps() -> SweepStore:
    """The sweeps of the store."""
    return SweepStore(store())


_queues: list[Queue] = []  # one, once it is open
_opening = threading.Lock()


def queue() -> Queue:
    """The server's queue; opened here if the disk refused it when the server started, or if there is no server.

    Raises:
        OSError: the disk refuses it.
    """
    with _opening:
        if not _queues:
            _queues.append(Queue(store()))
        return _queues[0]


def close_queue() -> None:
    """Close the queue, if it is open: workers write a checkpoint and end."""
    with _opening:
        while _queues:
            _queues.pop().close()


@contextmanager
def running_queue() -> Iterator[None]:
    """Open the queue for the time that the server runs."""
    try:
        with suppress(OSError):  # the sidebar shows the error, and each visit tries again
            queue()  # its spare worker warms up while the server starts
        yield
    finally:
        close_queue()


def data(dataset: Dataset) -> Data:
    """Load a dataset.

    Raises:
        DataUnavailable: it is not on this machine.
    """
    return _data(dataset.model_dump_json(), dataset)


@st.cache_resource(max_entries=2, show_spinner="Loading the data …")
def _data(key: str, _dataset: Dataset) -> Data:
    return _dataset.load()


def model(run: Run) -> Autoencoder:
    """Load a run's model from its last checkpoint.

    Raises:
        UnreadableRun: there is no checkpoint yet, or it is damaged.
    """
    return _model(run.id, run.model_step(), run)


@st.cache_resource(max_entries=8, show_spinner=False)
def _model(run_id: str, step: int | None, _run: Run) -> Autoencoder:
    return _run.model()


def reconstructed_test(run: Run, noisy: bool) -> ReconstructedSet:
    """Reconstruct the whole test set with a run's model, with the corruption it was trained on if `noisy`."""
    return _reconstructed_test(run.id, run.model_step(), noisy, run, run.config())


@st.cache_resource(max_entries=6, show_spinner="Reconstructing the test set …")
def _reconstructed_test(run_id: str, step: int | None, noisy: bool, _run: Run, _config: RunConfig) -> ReconstructedSet:
    return reconstruct(model(_run), data(_config.dataset).test.images, _config.corruption if noisy else None)


def codes(run: Run) -> Tensor:
    """Codes (N, latent) of the first training examples, at most `MAX_CODES`, from a run's last checkpoint."""
    return codes_at(run, run.model_step(), model(run))


def codes_at(run: Run, step: int | None, step_model: Autoencoder) -> Tensor:
    """Codes (N, latent) of the first training examples from the model of an earlier step."""
    return _codes(run.id, step, step_model, run.config())


@st.cache_resource(max_entries=6, show_spinner="Encoding the training set …")
def _codes(run_id: str, step: int | None, _model: Autoencoder, _config: RunConfig) -> Tensor:
    return encode_images(_model, data(_config.dataset).training.images[:MAX_CODES])


class ModelSuperseded(Exception):
    """The model of an earlier step was requested, and only the latest one is stored."""


def latent_space(run: Run, step: int | None) -> LatentSpace:
    """Encode the test set with a run's model of a step.

    Raises:
        UnreadableRun, DataUnavailable, Diverged: the model or the data cannot be used.
        ModelSuperseded: the run has a newer model.
    """
    config = run.config()
    source = map_dataset_of(run)
    return _latent_space(run.id, step, source.model_dump_json(), run, config, source)


@st.cache_resource(max_entries=12, show_spinner="Encoding the test set …")
def _latent_space(
    run_id: str, step: int | None, key: str, _run: Run, _config: RunConfig, _source: Dataset
) -> LatentSpace:
    if _run.model_step() != step:
        raise ModelSuperseded
    return LatentSpace(_config, model(_run), encode_dataset(model(_run), data(_source)))


def code_reach(run: Run) -> float:
    """The 99.5th percentile of the absolute code values: the scale of the code bars."""
    return _code_reach(run.id, run.model_step(), run)


@st.cache_data(max_entries=64, show_spinner=False)
def _code_reach(run_id: str, step: int | None, _run: Run) -> float:
    magnitudes = codes(_run)[:500].flatten().abs()
    return float(magnitudes.kthvalue(max(1, int(0.995 * len(magnitudes)))).values)


def searched_features(run: Run, count: int) -> SearchedSet | None:
    """The stored codes and PCA projections of the first `count` training examples; None if there are none yet."""
    try:
        return _searched_features(run.id, run.model_step(), count, run)
    except LookupError:  # an exception is not cached
        return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _searched_features(run_id: str, step: int | None, count: int, _run: Run) -> SearchedSet:
    if (found := read_searched(_run, step, count)) is None:
        raise LookupError
    return found


def scores(run: Run) -> dict[str, Any]:
    """The scores of a run's last checkpoint: the stored ones, or computed now if the run was stopped before."""
    stored, step = run.results("scores"), run.model_step()
    if stored is not None and stored["step"] == step:
        return stored
    return _scores(run.id, step, run)


@st.cache_data(max_entries=32, show_spinner="Scoring the test set …")
def _scores(run_id: str, step: int | None, _run: Run) -> dict[str, Any]:
    config = _run.config()
    return compute_scores(_run, config, data(config.dataset))
