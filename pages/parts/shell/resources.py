"""What all sessions of the server share: store, queue, data, models. Keyed by run and step, each with a limit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import streamlit as st
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.data import Data, Dataset
from aecore.evaluation.outliers import encode_images
from aecore.evaluation.scores import ReconstructedSet, reconstruct
from aecore.latent.codes import encode_dataset, map_dataset
from aecore.latent.space import LatentSpace
from aecore.models.autoencoder import Autoencoder
from aecore.runs.execute import compute_scores
from aecore.runs.queue import Queue
from aecore.runs.run import Run
from aecore.runs.store import Store
from pages.parts.shell.paths import ASSETS

MOST_CODES = 10_000
SCORES = ("mse", "psnr", "bce")  # the last two are None for what is no picture


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """People's runs, and the starter models that come with the app."""
    return Store(read_only=(ASSETS / "starters",))


_queues: list[Queue] = []  # the one, once it is open
_opening = threading.Lock()


def queue() -> Queue:
    """The server's one queue; opened here if the disk refused it when the server started, or if there is no server.

    Raises OSError if the disk refuses it.
    """
    with _opening:
        if not _queues:
            _queues.append(Queue(store()))
        return _queues[0]


def close_queue() -> None:
    """Close the queue, if one is open: workers keep a checkpoint and end."""
    with _opening:
        while _queues:
            _queues.pop().close()


@contextmanager
def running_queue() -> Iterator[None]:
    """`with running_queue():` the server runs: the queue is open from its start to its end."""
    try:
        with suppress(OSError):  # the sidebar says so, and each visit tries again
            queue()  # its spare worker warms up while the server starts
        yield
    finally:
        close_queue()


def data(dataset: Dataset) -> Data:
    """A data set in memory. Raises aecore.DataUnavailable."""
    return _data(dataset.model_dump_json(), dataset)


@st.cache_resource(max_entries=2, show_spinner="Loading the pictures …")
def _data(key: str, _dataset: Dataset) -> Data:
    return _dataset.load()


def model(run: Run) -> Autoencoder:
    """A run's model as of its last checkpoint. Raises aecore's UnreadableRun while there is none."""
    return _model(run.id, run.model_step(), run)


@st.cache_resource(max_entries=8, show_spinner=False)
def _model(run_id: str, step: int | None, _run: Run) -> Autoencoder:
    return _run.model()


def reconstructed_test(run: Run, noisy: bool) -> ReconstructedSet:
    """What a run's model makes of all test pictures, with the noise it learned to remove if `noisy`."""
    return _reconstructed_test(run.id, run.model_step(), noisy, run, run.config())


@st.cache_resource(max_entries=6, show_spinner="Reconstructing the test pictures …")
def _reconstructed_test(run_id: str, step: int | None, noisy: bool, _run: Run, _config: RunConfig) -> ReconstructedSet:
    return reconstruct(model(_run), data(_config.dataset).test.images, _config.corruption if noisy else None)


def codes(run: Run) -> Tensor:
    """The codes of the first training pictures, at most `MOST_CODES`, by a run's model as it is now."""
    return codes_at(run, run.model_step(), model(run))


def codes_at(run: Run, step: int | None, its_model: Autoencoder) -> Tensor:
    """The same by its model of an earlier step."""
    return _codes(run.id, step, its_model, run.config())


@st.cache_resource(max_entries=6, show_spinner="Encoding the training pictures …")
def _codes(run_id: str, step: int | None, _model: Autoencoder, _config: RunConfig) -> Tensor:
    return encode_images(_model, data(_config.dataset).training.images[:MOST_CODES])


class ModelSuperseded(Exception):
    """The model of an earlier step is asked for, and it is kept nowhere."""


def latent_space(run: Run, step: int | None) -> LatentSpace:
    """The codes that a run's model of that step gives to the test pictures.

    Raises UnreadableRun, DataUnavailable or Diverged; and ModelSuperseded where the run has another model by now.
    """
    config = run.config()
    source = map_dataset(config)
    return _latent_space(run.id, step, source.model_dump_json(), run, config, source)


@st.cache_resource(max_entries=12, show_spinner="Encoding the test pictures …")
def _latent_space(
    run_id: str, step: int | None, key: str, _run: Run, _config: RunConfig, _source: Dataset
) -> LatentSpace:
    if _run.model_step() != step:
        raise ModelSuperseded
    return LatentSpace(_config, model(_run), encode_dataset(model(_run), data(_source)))


def code_reach(run: Run) -> float:
    """How far a code's numbers go, but for the few farthest: the length of a bar."""
    return _code_reach(run.id, run.model_step(), run)


@st.cache_data(max_entries=64, show_spinner=False)
def _code_reach(run_id: str, step: int | None, _run: Run) -> float:
    sizes = codes(_run)[:500].flatten().abs()
    return float(sizes.kthvalue(max(1, int(0.995 * len(sizes)))).values)


def scores(run: Run) -> dict[str, Any]:
    """The run's scores as of its last checkpoint: the kept ones, or computed now where it did not end by itself."""
    kept, step = run.results("scores"), run.model_step()
    return kept if _is_whole(kept) and kept["step"] == step else _scores(run.id, step, run)


@st.cache_data(max_entries=32, show_spinner="Scoring the test pictures …")
def _scores(run_id: str, step: int | None, _run: Run) -> dict[str, Any]:
    config = _run.config()
    return compute_scores(_run, config, data(config.dataset))


def _is_whole(kept: Any) -> bool:
    """Whether kept scores are complete; a damaged file is computed anew."""
    try:
        numbers = [kept["step"], kept["components"], *(kept[who][what] for who in ("model", "pca") for what in SCORES)]
    except (KeyError, TypeError):
        return False
    return all(isinstance(number, int | float | None) for number in numbers)
