"""Clusters of a run's test examples by codes and by baselines: computed in a separate process, stored with the run.

`python -m aecore.runs.computed.clusters FOLDER METHOD COUNT` computes them and prints the progress as JSON lines.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from torch import Tensor

from aecore.data.base import Split
from aecore.evaluation.features.clusters import Clusters, ClusterScores, cluster, score_clusters
from aecore.evaluation.features.representations import REPRESENTATIONS, represent_images
from aecore.runs.computed.computation import computation, computed_path, report, stored_paths
from aecore.runs.computed.projections import map_dataset_of
from aecore.runs.run import Run
from aecore.utils.strict_json import read_json, to_json
from aecore.utils.tensors import read_tensors, write_tensors

MAX_EXAMPLES = 5000  # a mixture of 30 Gaussians of 16 numbers takes half a minute on one core


@dataclass(frozen=True)
class Clustering:
    """The clusters of one representation, and their scores."""

    found: Clusters
    scores: ClusterScores
    seconds: float  # that the clustering took
    dimension: int  # numbers of each example


def clustered_examples(test: Split) -> Split:
    """Return what is clustered of the test examples: the first `MAX_EXAMPLES`."""
    return Split(test.images[:MAX_EXAMPLES], test.labels[:MAX_EXAMPLES])


def read_clusterings(
    run: Run, step: int | None, method: str, count: int, examples: int
) -> dict[str, Clustering] | None:
    """Read the stored clusters by representation; None if there are none for this checkpoint, or damaged ones.

    Args:
        run: the run.
        step: step of the checkpoint.
        method: a name in `METHODS`.
        count: number of clusters.
        examples: expected number of clustered examples.
    """
    for path in stored_paths(run, _name(step, method, count)):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            tensors, metadata = read_tensors(path)
            read = {name: _from_file(tensors, metadata, name, count) for name in REPRESENTATIONS}
            if all(clustering.found.members.shape == (examples,) for clustering in read.values()):
                return read
    return None


def write_clusterings(run: Run, step: int | None, method: str, count: int, clusterings: dict[str, Clustering]) -> None:
    """Store clusters by representation in place of those of older checkpoints. Raises OSError."""
    tensors, metadata = dict[str, Tensor](), dict[str, str]()
    for name, clustering in clusterings.items():
        found = clustering.found
        tensors[f"{name}.members"] = found.members.short()
        tensors[f"{name}.typicality"], tensors[f"{name}.certainty"] = found.typicality.float(), found.certainty.float()
        numbers = {"scores": asdict(clustering.scores), "seconds": clustering.seconds}
        metadata[name] = to_json(numbers | {"dimension": clustering.dimension})
    path = computed_path(run, _name(step, method, count))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(path, tensors, metadata)
    for older in path.parent.glob("clusters-*.safetensors"):
        if older.name < f"clusters-{step or 0:08d}":
            older.unlink(missing_ok=True)


def compute_clusterings(run: Run, method: str, count: int) -> None:
    """Cluster the test examples by the latest checkpoint and store the result, printing the progress.

    Raises:
        UnreadableRun, DataUnavailable, InvalidInput, ValueError, OSError: they cannot be computed or stored.
    """
    step = run.model_step()  # before reading the model: training may go on
    model, config = run.model(), run.config()
    data = map_dataset_of(run).load()
    examples = clustered_examples(data.test)
    labels = examples.labels if data.class_names else None
    done, clusterings = 0, dict[str, Clustering]()
    report(run, done, len(REPRESENTATIONS))
    training = config.dataset.load().training.images
    for name, features in represent_images(model, config, training, examples.images):
        start = time.perf_counter()
        found = cluster(features, count, method)
        seconds = time.perf_counter() - start
        clusterings[name] = Clustering(found, score_clusters(found, labels, features), seconds, features.shape[1])
        done += 1
        report(run, done, len(REPRESENTATIONS))
    write_clusterings(run, step, method, count, clusterings)


def main(arguments: Sequence[str]) -> int:
    """Cluster as the arguments say; the exit code."""
    folder, method, count = arguments
    return computation(folder, lambda run: compute_clusterings(run, method, int(count)))


def _from_file(tensors: dict[str, Tensor], metadata: dict[str, str], name: str, count: int) -> Clustering:
    members, typicality, certainty = (tensors[f"{name}.{field}"] for field in ("members", "typicality", "certainty"))
    in_range = 0 <= int(members.min()) <= int(members.max()) < count
    if not in_range or not members.shape == typicality.shape == certainty.shape:
        raise ValueError("The clusters are damaged.")
    numbers = read_json(metadata[name])
    return Clustering(
        Clusters(members.long(), typicality, certainty, count),
        ClusterScores(**numbers["scores"]),
        float(numbers["seconds"]),
        int(numbers["dimension"]),
    )


def _name(step: int | None, method: str, count: int) -> str:
    return f"features/clusters-{step or 0:08d}-{method}-{count}.safetensors"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
