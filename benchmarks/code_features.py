"""Classify and cluster full MNIST by codes, beside PCA and pixels, as Markdown: python -m benchmarks.code_features

Each recipe is trained on all training images with several seeds. Nearest neighbors: 5 of the 60,000 training images,
each with its label, classify the 10,000 test images. Clusters: 10, of the test images; labels are used to score them
only. The mixture on a map has 10 Gaussians in the plane of a t-SNE, or a UMAP if it is installed, of the test images.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from aecore.analysis.projection import PROJECTIONS
from aecore.config.recipes import RECIPES, recipe
from aecore.data import Data, Mnist
from aecore.evaluation.features.clusters import cluster, score_clusters
from aecore.evaluation.features.few_labels import CLASSIFIERS, NEIGHBORS
from aecore.evaluation.features.representations import Features, represent
from aecore.training.train import train
from aecore.utils.settings import settings
from benchmarks.arguments import argument_parser, count
from benchmarks.tables import header, mean_and_spread, row

CLUSTERED = ("augmented", "augmented-vae")
MAPS = ("t-sne", "umap")
NAN = float("nan")
COLUMNS = (
    "features", "5 nearest neighbors", "k-means", "mixture", "mixture on t-SNE", "mixture on UMAP", "training",
)  # fmt: skip
BASELINES = {"pca": "PCA", "pixels": "pixels"}


@dataclass(frozen=True)
class Shares:
    """Shares of the test images, from 0 to 1."""

    neighbors: float  # classified correctly by nearest neighbors
    k_means: float  # in the class that their cluster is matched with
    mixture: float
    tsne: float  # a mixture on a map
    umap: float  # not a number if it is not installed


def measure(features: Features, data: Data, seed: int) -> Shares:
    """Classify and cluster the test images by one kind of features."""
    knn = CLASSIFIERS["knn"].build(NEIGHBORS).fit(features.training.numpy(), data.training.labels.numpy())
    maps = {
        kind: PROJECTIONS[kind].project(features.test, 2, seed).points
        for kind in MAPS
        if not PROJECTIONS[kind].missing()
    }
    wide = features.test.shape[1] > 100  # a covariance matrix of pixels is singular
    return Shares(
        float(knn.score(features.test.numpy(), data.test.labels.numpy())),
        _accuracy(features.test, data, "k-means", seed),
        NAN if wide else _accuracy(features.test, data, "mixture", seed),
        *(_accuracy(maps[kind], data, "mixture", seed) if kind in maps else NAN for kind in MAPS),
    )


def _accuracy(features: Tensor, data: Data, method: str, seed: int) -> float:
    found = cluster(features, len(data.class_names), method, seed)
    return score_clusters(found, data.test.labels, features, seed).accuracy


def _row(name: str, results: list[Shares], seconds: float | None) -> str:
    cells = [mean_and_spread([100 * getattr(shares, field.name) for shares in results], 2) for field in fields(Shares)]
    return row([name, *cells, "" if seconds is None else f"{seconds:.0f} s"])


def measure_recipe(name: str, data: Data, seeds: int, with_pixels: bool) -> None:
    """Train a recipe with some seeds, and print a row for its codes and one for each baseline."""
    results: dict[str, list[Shares]] = {}
    seconds = []
    for seed in range(seeds):
        config = recipe(name).config(Mnist(validation=0)).changed({"training.seed": seed})
        start = time.perf_counter()
        *_, last = train(config, data)
        seconds.append(time.perf_counter() - start)
        for kind, features in represent(last.model, config, data):
            # The baselines do not depend on the model.
            if kind == "codes" or (not seed and (kind == "pca" or (kind == "pixels" and with_pixels))):
                results.setdefault(kind, []).append(measure(features, data, seed))
                print(name, seed, kind, results[kind][-1], file=sys.stderr, flush=True)
    for kind, found in results.items():
        title = f"`{name}`, {config.latent_size} dimensions" if kind == "codes" else BASELINES[kind]
        print(_row(title, found, np.median(seconds) if kind == "codes" else None), flush=True)


def main(arguments: list[str]) -> None:
    parser = argument_parser(__doc__ or "")
    parser.add_argument("recipes", nargs="*", default=CLUSTERED, choices=[*RECIPES, CLUSTERED], metavar="RECIPE")
    parser.add_argument("--seeds", type=count, default=3, help="trainings of each recipe")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(settings().threads)
    data = Mnist(validation=0).load()
    print(header(COLUMNS), flush=True)
    for name in asked.recipes:
        measure_recipe(name, data, asked.seeds, with_pixels=name == asked.recipes[0])


if __name__ == "__main__":
    main(sys.argv[1:])
