"""Choose the strength of augmentation by the stability of clusters, without labels, as Markdown.

    python -m benchmarks.cluster_stability

Recipes are trained on 30,000 images of MNIST's training set with several seeds, and k-means divides the codes of 10,000
others into 10 clusters. If the clusters are in the data and not chance, all seeds find the same ones: Lange, Roth,
Braun, Buhmann, Stability-based validation of clustering solutions, Neural Computation, 2004. Agreement is the adjusted
Rand index, 1 for equal clusters, 0 for chance: mean and standard deviation over all pairs of seeds.
"""

from __future__ import annotations

import sys
from itertools import combinations

import torch
from torch import Tensor

from aecore.config.recipes import RECIPES, recipe
from aecore.data import Data, Mnist
from aecore.evaluation.features.clusters import cluster
from aecore.training.train import train
from aecore.utils.settings import settings
from benchmarks.arguments import argument_parser, count
from benchmarks.tables import header, mean_and_spread, row

DEFAULT = ("augmented", "augmented-vae")
STRENGTHS = (0.0, 0.1, 0.2, 0.35, 0.5)
CLUSTERS = 10
DATASET = Mnist(images=30_000, validation=10_000)


def members(name: str, strength: float, seed: int, data: Data) -> Tensor:
    """Train a recipe with a strength, and return the cluster of each held-out image."""
    *_, last = train(
        recipe(name).config(DATASET).changed({"training.seed": seed, "corruption.strength": strength}), data
    )
    return cluster(last.model.encode(data.validation.images).flatten(1), CLUSTERS, seed=seed).members


def agreements(found: list[Tensor]) -> list[float]:
    """Return the adjusted Rand index of each pair of clusterings (N,)."""
    from sklearn.metrics import adjusted_rand_score

    return [float(adjusted_rand_score(a, b)) for a, b in combinations(found, 2)]


def main(arguments: list[str]) -> None:
    parser = argument_parser(__doc__ or "")
    parser.add_argument("recipes", nargs="*", default=DEFAULT, choices=[*RECIPES, DEFAULT], metavar="RECIPE")
    parser.add_argument("--seeds", type=count, default=3, help="trainings of each setting, at least 2")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(settings().threads)
    data = DATASET.load()
    print(header(["recipe", *(f"{strength:g}" for strength in STRENGTHS)]))
    for name in asked.recipes:
        cells = []
        for strength in STRENGTHS:
            found = [members(name, strength, seed, data) for seed in range(asked.seeds)]
            cells.append(mean_and_spread(agreements(found), 3))
            print(name, strength, cells[-1], file=sys.stderr, flush=True)
        print(row([f"`{name}`", *cells]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
