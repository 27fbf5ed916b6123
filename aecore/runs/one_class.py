"""Results of experiments with one normal class, kept in the home folder: no model is trained twice.

There is one file for each model, `anomaly/<dataset>-<class>-<seed>-<digest of the settings>.json`, written when the
model is scored. An experiment that was interrupted continues with the models that are missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aecore.config.run_config import RunConfig
from aecore.evaluation.anomaly.one_class import OneClassResult, class_config, run_one_class
from aecore.runs.computed.anomaly_scores import method_names
from aecore.training.train import Progress
from aecore.utils.files import replace_file
from aecore.utils.settings import settings
from aecore.utils.strict_json import to_json
from aecore.utils.version import VERSION

Shares = dict[str, Annotated[float, Field(ge=0, le=1)]]


class _Content(BaseModel):
    """The content of a file."""

    model_config = ConfigDict(allow_inf_nan=False)

    version: str  # of aecore: another one may train or score otherwise
    config: RunConfig
    auroc: Shares
    average_precision: Shares


def results_folder() -> Path:
    """Return the folder of the results."""
    return settings().home / "anomaly"


def read_result(config: RunConfig, normal: int, seed: int) -> OneClassResult | None:
    """Read the result of a model; None if there is none of this version, or if it is damaged.

    Args:
        config: the settings of the experiment.
        normal: the class.
        seed: of the training.
    """
    chosen = class_config(config, normal, seed)
    with suppress(OSError, ValueError, KeyError):
        stored = _Content.model_validate_json(_path(chosen, normal).read_bytes())
        names = set(method_names(chosen.build_model()))
        if (stored.version, stored.config) == (VERSION, chosen) and names == set(stored.auroc):
            return OneClassResult(normal, seed, stored.auroc, {n: stored.average_precision[n] for n in stored.auroc})
    return None


def write_result(config: RunConfig, result: OneClassResult) -> None:
    """Store the result of a model of an experiment. Raises OSError."""
    chosen = class_config(config, result.normal, result.seed)
    stored = _Content(version=VERSION, config=chosen, auroc=result.auroc, average_precision=result.average_precision)
    path = _path(chosen, result.normal)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, to_json(stored.model_dump(mode="json"), indent=1).encode())


def run_or_read(
    config: RunConfig,
    classes: Sequence[int],
    seeds: Sequence[int],
    callback: Callable[[Progress], None],
    again: bool = False,
) -> Iterator[tuple[OneClassResult, bool]]:
    """Yield the results of an experiment, see `run_one_class`; train only the models without a stored result.

    Args:
        config: the settings of each model; its classes and its seed are replaced.
        classes: labels, each of which is the normal class once.
        seeds: of the trainings.
        callback: called after each training step.
        again: whether to train all models, also those with a stored result.

    Yields:
        A result, and whether it was stored before; for each class, stored ones first.

    Raises:
        DataUnavailable, IncompatibleSettings: as `run_one_class`.
        OSError: a result cannot be stored.
    """
    for normal in classes:
        stored = {} if again else {seed: read_result(config, normal, seed) for seed in seeds}
        for result in filter(None, stored.values()):
            yield result, True
        missing = [seed for seed in seeds if stored.get(seed) is None]
        for result in run_one_class(config, [normal], missing, callback):
            write_result(config, result)
            yield result, False


def _path(chosen: RunConfig, normal: int) -> Path:
    digest = hashlib.sha256(chosen.model_dump_json().encode()).hexdigest()[:12]
    return results_folder() / f"{chosen.dataset.kind}-{normal}-{chosen.training.seed}-{digest}.json"
