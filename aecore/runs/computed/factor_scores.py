"""How the dimensions of a run's codes follow known factors: computed once in a separate process, stored with the run.

`python -m aecore.runs.computed.factor_scores FOLDER` computes it and prints the progress as JSON lines.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields

import numpy as np

from aecore.config.run_config import RunConfig
from aecore.data.shapes import FACTORS, Shapes
from aecore.errors import InvalidInput
from aecore.evaluation.features.disentanglement import Disentanglement, measure_disentanglement
from aecore.latent.codes import encode_dataset
from aecore.runs.computed.computation import computation, computed_path, report, stored_paths
from aecore.runs.run import Run
from aecore.utils.files import replace_file
from aecore.utils.strict_json import read_json, to_json

MAX_EXAMPLES = 10_000
MAX_DIMENSIONS = 64  # a classifier is fitted to each one, for each factor

_ARRAYS = ("mutual_information", "entropy", "importances")


def missing_factors(config: RunConfig) -> str:
    """Return why a run's codes cannot be compared with factors, as a sentence; empty if they can."""
    if not isinstance(config.dataset, Shapes):
        return f"The factors that the {config.dataset.unit}s of this run were made of are not known."
    if not 2 <= config.latent_size <= MAX_DIMENSIONS:
        return (
            f"The code of this run has the size {config.latent_size:,}. Factors are compared with the dimensions of "
            f"codes of the sizes 2 to {MAX_DIMENSIONS}."
        )
    return ""


def read_factor_scores(run: Run, step: int | None) -> Disentanglement | None:
    """Read the stored scores; None if there are none for this checkpoint, or damaged ones."""
    for path in stored_paths(run, _name(step)):
        with suppress(OSError, ValueError, KeyError, TypeError):
            stored = read_json(path.read_bytes())
            information, entropy, importances = (np.array(stored[name], dtype=float) for name in _ARRAYS)
            if information.shape == importances.shape == (len(information), len(entropy)) and len(entropy) == len(
                FACTORS
            ):
                return Disentanglement(
                    information, entropy, importances, float(stored["sap"]), float(stored["informativeness"])
                )
    return None


def compute_factor_scores(run: Run) -> None:
    """Measure the codes of the test images by the latest checkpoint and store the scores, printing the progress.

    Raises:
        UnreadableRun, DataUnavailable, Diverged, InvalidInput, OSError: they cannot be computed or stored.
    """
    path = computed_path(run, _name(run.model_step()))  # before reading the model: training may go on
    model, config = run.model(), run.config()
    if problem := missing_factors(config):
        raise InvalidInput(problem)
    assert isinstance(config.dataset, Shapes)
    total = len(FACTORS) * (config.latent_size + 1)
    report(run, 0, total)
    codes = encode_dataset(model, config.dataset.load(), MAX_EXAMPLES).codes
    factors = config.dataset.test_factors()[: len(codes)]
    found = measure_disentanglement(codes, factors, lambda done, total: report(run, done, total))
    stored = {f.name: np.asarray(getattr(found, f.name)).tolist() for f in fields(Disentanglement)}
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, to_json(stored).encode())
    for older in path.parent.glob("factors-*"):
        if older.name < path.name:
            older.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """Measure the codes of the run whose folder is the argument; the exit code."""
    (folder,) = arguments
    return computation(folder, compute_factor_scores)


def _name(step: int | None) -> str:
    return f"features/factors-{step or 0:08d}.json"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
