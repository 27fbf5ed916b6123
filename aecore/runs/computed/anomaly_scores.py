"""Anomaly scores of a run's test images: computed once in a separate process and stored with the run.

`python -m aecore.runs.computed.anomaly_scores FOLDER` computes them and prints the progress as JSON lines.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from contextlib import suppress

from torch import Tensor

from aecore.evaluation.anomaly.baselines import BASELINES, fit_baselines
from aecore.evaluation.anomaly.one_class import MethodScores, score_images
from aecore.evaluation.anomaly.scores import applicable_scores
from aecore.models.autoencoder import Autoencoder
from aecore.runs.computed.computation import computation, computed_path, report, stored_paths
from aecore.runs.run import Run
from aecore.utils.tensors import check_finite, read_tensors, write_tensors


def method_names(model: Autoencoder) -> list[str]:
    """Return the names of the scores that a model has, and of all baselines."""
    return [*(score.name for score in applicable_scores(model)), *BASELINES]


def read_scores(run: Run, step: int | None, names: Collection[str], count: int) -> dict[str, MethodScores] | None:
    """Read the stored scores; None if there are none for this checkpoint, or if they are damaged.

    Args:
        run: the run.
        step: step of the checkpoint.
        names: the expected methods, from `method_names`.
        count: expected number of test images.
    """
    for path in stored_paths(run, _name(step)):
        with suppress(OSError, ValueError, KeyError):
            # Copies: pages keep them, and they must not depend on the file, which is mapped into memory.
            tensors = {name: t.clone() for name, t in check_finite(read_tensors(path)[0]).items()}
            scores = {name: MethodScores(tensors[f"test/{name}"], tensors[f"held-out/{name}"]) for name in names}
            if all(s.test.shape == (count,) and s.held_out.dim() == 1 for s in scores.values()):
                return scores
    return None


def compute_scores(run: Run) -> None:
    """Score all test images with the latest checkpoint and store the scores, printing the progress.

    Raises:
        UnreadableRun, DataUnavailable, ValueError, OSError: they cannot be computed or stored.
    """
    path = computed_path(run, _name(run.model_step()))  # before reading the model: training may go on
    model, data = run.model(), run.config().dataset.load()
    total = len(method_names(model)) + len(BASELINES)  # to fit a baseline takes about as long as to apply it
    report(run, 0, total)
    baselines = fit_baselines(data.training.images, run.config().latent_size)
    done, tensors = len(baselines), dict[str, Tensor]()
    for name, scores in score_images(model, data, baselines):
        report(run, done, total)
        done += 1
        tensors |= {f"test/{name}": scores.test, f"held-out/{name}": scores.held_out}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(path, check_finite(tensors), {})
    report(run, total, total)
    for older in path.parent.glob("scores-*"):
        if older.name < path.name:
            older.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """Compute the scores of the run whose folder is the argument; the exit code."""
    (folder,) = arguments
    return computation(folder, compute_scores)


def _name(step: int | None) -> str:
    return f"anomaly/scores-{step or 0:08d}.safetensors"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
