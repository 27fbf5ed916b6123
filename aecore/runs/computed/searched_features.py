"""Codes and PCA projections of a run's training examples: computed once in a separate process, stored with the run.

`python -m aecore.runs.computed.searched_features FOLDER` computes them and prints the progress as JSON lines.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress

from aecore.analysis.pca import PCA
from aecore.errors import Diverged
from aecore.evaluation.features.neighbors import SearchedSet, encode_searched, searched_count
from aecore.runs.computed.computation import computation, computed_path, report, stored_paths
from aecore.runs.execute import cached_pca
from aecore.runs.run import Run
from aecore.utils.tensors import check_finite, read_tensors, write_tensors


def read_searched(run: Run, step: int | None, count: int) -> SearchedSet | None:
    """Read the stored features; None if there are none for this checkpoint, or if they are damaged.

    Args:
        run: the run.
        step: step of the checkpoint.
        count: expected number of training examples, from `searched_count`.
    """
    for path in stored_paths(run, _name(step)):
        with suppress(OSError, ValueError, KeyError):
            # Copies: pages keep them, and they must not depend on the file, which is mapped into memory.
            tensors = {name: t.clone() for name, t in check_finite(read_tensors(path)[0]).items()}
            codes, projections = tensors["codes"], tensors["projections"]
            if len(codes) == len(projections) == count:
                return SearchedSet(codes, projections, PCA(tensors["mean"], tensors["components"]))
    return None


def compute_searched(run: Run) -> None:
    """Encode the training examples by the latest checkpoint and store the features, printing the progress.

    Raises:
        UnreadableRun, DataUnavailable, Diverged, ValueError, OSError: they cannot be computed or stored.
    """
    path = computed_path(run, _name(run.model_step()))  # before reading the model: training may go on
    model, config = run.model(), run.config()
    data = config.dataset.load()
    images = data.training.images[: searched_count(len(data.training), config.latent_size)]
    report(run, 0, len(images))
    pca = cached_pca(config.dataset, data, config.components)
    assert pca is not None  # nothing cancels it
    for done, encoded in encode_searched(model, pca, images):
        report(run, done, len(images))
        found = encoded
    assert found is not None  # there is a training example
    if not found.codes.isfinite().all():
        raise Diverged("The codes of this run are not finite: its training diverged. Try a lower learning rate.")
    path.parent.mkdir(parents=True, exist_ok=True)
    of_pca = {"mean": found.pca.mean, "components": found.pca.components}
    write_tensors(path, {"codes": found.codes, "projections": found.projections, **of_pca}, {})
    for older in path.parent.glob("searched-*"):
        if older.name < path.name:
            older.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """Encode the training examples of the run whose folder is the argument; the exit code."""
    (folder,) = arguments
    return computation(folder, compute_searched)


def _name(step: int | None) -> str:
    return f"features/searched-{step or 0:08d}.safetensors"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
