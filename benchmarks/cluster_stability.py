"""Compare settings by the stability of clusters, without labels: python -m benchmarks.cluster_stability

Models are trained on 30,000 images of MNIST with two seeds, and k-means divides the codes of 10,000 others of the
training set into 10 clusters. If the clusters are in the data and not chance, both seeds find the same ones: Lange,
Roth, Braun, Buhmann, Stability-based validation of clustering solutions, Neural Computation, 2004. Agreement is the
adjusted Rand index: 1 for equal clusters, 0 for chance. About ten minutes.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.config.recipes import recipe
from aecore.data import Data, Mnist
from aecore.evaluation.features.clusters import cluster
from aecore.training.train import train
from aecore.utils.settings import settings
from benchmarks.tables import header

RECIPE = "augmented-vae"
BOTTLENECKS, STRENGTHS, SEEDS = ("linear", "variational"), (0.0, 0.1, 0.2, 0.35, 0.5), (0, 1)
CLUSTERS, LATENT = 10, 10
DATASET = Mnist(images=30_000, validation=10_000)


def stability(data: Data, held_out: Tensor, changes: dict[str, object]) -> float:
    """The agreement of the clusters that two trainings lead to."""
    from sklearn.metrics import adjusted_rand_score

    found = []
    for seed in SEEDS:
        config = recipe(RECIPE).config(DATASET).changed({"training.seed": seed, **changes})
        *_, last = train(config, data)
        found.append(cluster(last.model.encode(held_out).flatten(1), CLUSTERS, seed=seed).members)
    return float(adjusted_rand_score(*found))


def main() -> None:
    torch.set_num_threads(settings().threads)
    data = DATASET.load()
    print(header(["bottleneck", *(f"{strength:g}" for strength in STRENGTHS)]))
    for kind in BOTTLENECKS:
        print(f"| {kind}", end="", flush=True)
        for strength in STRENGTHS:
            changes = {"bottleneck.kind": kind, "bottleneck.latent": LATENT, "corruption.strength": strength}
            print(f" | {stability(data, data.validation.images, changes):.3f}", end="", flush=True)
        print(" |")


if __name__ == "__main__":
    main()
