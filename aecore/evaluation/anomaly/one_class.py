"""One class is normal and all others are anomalous: the usual experiment of anomaly detection.

Ruff et al., Deep one-class classification, ICML 2018, section 4.2: trained on the training images of one class, scored
on all test images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from aecore.analysis.spread import Spread
from aecore.config.run_config import RunConfig
from aecore.data import Data, Dataset
from aecore.data.labeled import LabeledDataset
from aecore.errors import IncompatibleSettings
from aecore.evaluation.anomaly.baselines import fit_baselines
from aecore.evaluation.anomaly.detection import Detection
from aecore.evaluation.anomaly.scores import Scorer, applicable_scores
from aecore.models.autoencoder import Autoencoder
from aecore.options.registry import options_by_kind
from aecore.training.train import Progress, train

Quantity: TypeAlias = Literal["auroc", "average_precision"]


@dataclass(frozen=True)
class OneClassResult:
    """How well scores separate one class from the others, on the test images."""

    normal: int  # the class
    seed: int
    auroc: dict[str, float]  # by name, of `SCORES` and `BASELINES`
    average_precision: dict[str, float]


def run_one_class(
    config: RunConfig, classes: Iterable[int], seeds: Iterable[int], callback: Callable[[Progress], None]
) -> Iterator[OneClassResult]:
    """Train one model for each class and seed, and yield its results.

    Args:
        config: the settings of each model; its classes and its seed are replaced.
        classes: labels, each of which is the normal class once.
        seeds: of the trainings.
        callback: called after each training step.

    Raises:
        DataUnavailable: the images are not on this machine.
        IncompatibleSettings: the dataset has no known classes.
    """
    class_sizes(config.dataset)
    for normal in classes:
        baselines: dict[str, Scorer] = {}
        for seed in seeds:
            chosen = class_config(config, normal, seed)
            data = chosen.dataset.load()
            for progress in train(chosen, data):
                callback(progress)
            # They do not depend on the seed of the training.
            baselines = baselines or fit_baselines(data.training.images, chosen.latent_size)
            yield _result(normal, seed, detections(progress.model, data, normal, baselines))


def class_config(config: RunConfig, normal: int, seed: int) -> RunConfig:
    """Return the settings of one model of an experiment."""
    return config.changed({"dataset.classes": (normal,), "training.seed": seed})


def class_sizes(dataset: Dataset) -> tuple[int, ...]:
    """Return the number of images of each class.

    Raises:
        IncompatibleSettings: the dataset has no known classes.
    """
    if isinstance(dataset, LabeledDataset):
        return dataset.class_sizes
    kinds = [kind for kind, option in options_by_kind(Dataset).items() if issubclass(option, LabeledDataset)]
    listed = f"{', '.join(kinds[:-1])} or {kinds[-1]}"
    raise IncompatibleSettings(f"{dataset.title} has no known classes; choose {listed}.", "dataset")


@dataclass(frozen=True)
class MethodScores:
    """The scores that one method gives to the images of a dataset."""

    test: Tensor  # (N,), of all test images
    held_out: Tensor  # (V,), of the validation images, which are normal


def score_images(model: Autoencoder, data: Data, baselines: Mapping[str, Scorer]) -> Iterator[tuple[str, MethodScores]]:
    """Yield the names of all methods and their scores: those that apply to a model, then the fitted baselines.

    Args:
        model: trained on the training images of some classes.
        data: these, and test images of all classes.
        baselines: from `fit_baselines`.
    """
    scorers = {score.name: score.fit(model, data.training.images) for score in applicable_scores(model)}
    for name, scorer in {**scorers, **baselines}.items():
        scores = scorer(torch.cat([data.test.images, data.validation.images]))
        yield name, MethodScores(scores[: len(data.test)], scores[len(data.test) :])


def detections(model: Autoencoder, data: Data, normal: int, baselines: Mapping[str, Scorer]) -> dict[str, Detection]:
    """Compare the scores of the test images of one class with those of all other classes, as `score_images` does."""
    is_normal = data.test.labels == normal
    found = score_images(model, data, baselines)
    return {name: Detection(scores.test[is_normal], scores.test[~is_normal]) for name, scores in found}


def mean_over_classes(results: Sequence[OneClassResult], name: str, quantity: Quantity = "auroc") -> Spread:
    """Return the mean of a score's AUROC or average precision over the classes, and its spread over the seeds."""
    seeds = sorted({result.seed for result in results})
    found = [[getattr(result, quantity)[name] for result in results if result.seed == seed] for seed in seeds]
    return Spread.of([fmean(values) for values in found])


def _result(normal: int, seed: int, found: Mapping[str, Detection]) -> OneClassResult:
    return OneClassResult(
        normal,
        seed,
        {name: detection.auroc for name, detection in found.items()},
        {name: detection.average_precision for name, detection in found.items()},
    )
