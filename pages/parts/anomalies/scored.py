"""The scores of a run's test images by all methods: computed once in a separate process, and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.data.labeled import LabeledDataset
from aecore.evaluation.anomaly.baselines import BASELINES, Baseline
from aecore.evaluation.anomaly.detection import Detection, threshold_at
from aecore.evaluation.anomaly.one_class import MethodScores
from aecore.evaluation.anomaly.scores import SCORES, AnomalyScore
from aecore.runs.computed.anomaly_scores import method_names, read_scores
from aecore.runs.run import Run
from pages.parts.runs import computing
from pages.parts.shell import resources

FALSE_ALARM_RATE = 0.05  # at which the threshold starts
MAX_POINTS = 400  # of a curve
METHODS: Mapping[str, AnomalyScore | Baseline] = {**SCORES, **BASELINES}

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]  # x and y


@dataclass(frozen=True)
class Compared:
    """One method: its scores, and how well they separate normal from anomalous test images."""

    scores: Tensor  # (N,), of all test images
    is_normal: Tensor  # (N,) bool
    held_out: int  # number of validation images, which set the threshold
    threshold: float | None  # None without validation images
    auroc: float
    average_precision: float
    roc: Curve  # detection rate over false-alarm rate
    precision_recall: Curve  # precision over recall


def title(name: str) -> str:
    """A method as the page names it."""
    return METHODS[name].title + (" (baseline)" if name in BASELINES else "")


def normal_classes(config: RunConfig) -> tuple[int, ...]:
    """The classes that a model was trained on; empty if it was trained on all, or if they are not known."""
    dataset = config.dataset
    if not isinstance(dataset, LabeledDataset) or len(dataset.classes) == len(dataset.class_sizes):
        return ()
    return dataset.classes


def compared(run: Run, config: RunConfig) -> dict[str, Compared] | None:
    """All methods by name; None, and a progress bar on the page, while the scores are being computed."""
    labels, step = resources.data(config.dataset).test.labels, run.model_step()
    scores = read_scores(run, step, method_names(resources.model(run)), len(labels))
    if scores is None:
        computing.request(run, "anomaly_scores", "Scoring all test images by all methods.")
        return None
    return _compared(run.id, step, scores, torch.isin(labels, torch.tensor(normal_classes(config))))


@st.cache_resource(max_entries=8, show_spinner="Comparing the scores …")
def _compared(
    run_id: str, step: int | None, _scores: dict[str, MethodScores], _is_normal: Tensor
) -> dict[str, Compared]:
    return {name: _compare(scores, _is_normal) for name, scores in _scores.items()}


def _compare(scores: MethodScores, is_normal: Tensor) -> Compared:
    detection, held_out = Detection(scores.test[is_normal], scores.test[~is_normal]), len(scores.held_out)
    false_alarms, detected, _ = detection.roc()
    return Compared(
        scores.test,
        is_normal,
        held_out,
        threshold_at(FALSE_ALARM_RATE, scores.held_out) if held_out else None,
        detection.auroc,
        detection.average_precision,
        _thinned(false_alarms, detected),
        _thinned(*detection.precision_recall()),
    )


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> Curve:
    chosen = np.linspace(0, len(x) - 1, min(len(x), MAX_POINTS)).round().astype(int)
    return x[chosen], y[chosen]
