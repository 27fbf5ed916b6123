from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.evaluation.features.clusters import METHODS
from aecore.evaluation.features.representations import REPRESENTATIONS
from aecore.runs.computed import clusters
from aecore.runs.computed.clusters import Clustering, main, read_clusterings, write_clusterings
from aecore.runs.computed.computation import computed_path
from aecore.runs.computed.projections import map_dataset_of
from aecore.runs.run import Run

Read = dict[str, Clustering]


@pytest.fixture(scope="module")
def clustered(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with 200 test images in 10 clusters; as it is outside the store, they are in the cache."""
    run = Run(Path(shutil.copytree(trained.folder, tmp_path_factory.mktemp("store") / "clustered")), read_only=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clusters, "MAX_EXAMPLES", 200)
        for method in METHODS:
            assert main([str(run.folder), method, "10"]) == 0
    return run


def read(run: Run, method: str = "k-means", count: int = 10, examples: int = 200) -> Read | None:
    return read_clusterings(run, run.model_step(), method, count, examples)


@pytest.mark.parametrize("method", METHODS)
def test_keeps_what_it_computed(clustered: Run, small: RunConfig, method: str) -> None:
    found = read(clustered, method)
    assert found is not None
    sizes = {name: clustering.dimension for name, clustering in found.items()}
    assert sizes == dict(zip(REPRESENTATIONS, (4, 4, 4, 784), strict=True))
    for clustering in found.values():
        assert set(clustering.found.members.tolist()) <= set(range(10))
        assert clustering.scores.accuracy is not None
        assert clustering.scores.accuracy > 0.2, "a tenth is chance"
        assert clustering.seconds > 0
    labels = map_dataset_of(clustered).load().test.labels[:200]
    assert clusters.score_clusters(found["codes"].found, labels, torch.rand(200, 2)).nmi == pytest.approx(
        found["codes"].scores.nmi
    )


@pytest.mark.parametrize("other", [{"count": 9}, {"examples": 100}])
def test_reads_no_other_clusters(clustered: Run, other: dict[str, int]) -> None:
    assert read(clustered, **other) is None
    assert read_clusterings(clustered, (clustered.model_step() or 0) + 1, "k-means", 10, 200) is None


@pytest.mark.parametrize("damage", ["no file", "other numbers", "no clusters"])
def test_damaged_files_count_as_missing(clustered: Run, damage: str) -> None:
    step, found = clustered.model_step(), read(clustered)
    assert found is not None
    file = computed_path(clustered, clusters._name(step, "k-means", 10))
    before = file.read_bytes()
    if damage == "no file":
        file.write_bytes(b"damaged")
    elif damage == "no clusters":
        write_clusterings(clustered, step, "k-means", 10, {"codes": found["codes"]})
    else:
        wrong = replace(found["codes"].found, members=found["codes"].found.members + 9)
        write_clusterings(clustered, step, "k-means", 10, found | {"codes": replace(found["codes"], found=wrong)})
    assert read(clustered) is None
    file.write_bytes(before)
    assert read(clustered) is not None


def test_replaces_those_of_older_checkpoints_only(clustered: Run) -> None:
    found, step = read(clustered), clustered.model_step() or 0
    assert found is not None
    write_clusterings(clustered, step - 1, "k-means", 10, found)
    assert read_clusterings(clustered, step - 1, "k-means", 10, 200) is not None
    write_clusterings(clustered, step, "k-means", 10, found)
    assert read_clusterings(clustered, step - 1, "k-means", 10, 200) is None
    assert read(clustered, "mixture") is not None
