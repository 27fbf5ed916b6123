"""Compare how well variational autoencoders separate the factors of shapes: python -m benchmarks.disentanglement

Trains the recipe `shapes` with several weights of the KL divergence and of the total correlation, with several seeds,
and prints the scores of the test images' codes as Markdown: mean and sample standard deviation over the seeds.

    python -m benchmarks.disentanglement --seeds 0 1 2
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from aecore.config.recipes import recipe
from aecore.data.shapes import Shapes
from aecore.evaluation.features.disentanglement import measure_disentanglement
from aecore.evaluation.scores import score_model
from aecore.latent.codes import encode_dataset
from aecore.training.train import train
from benchmarks.tables import header, mean_and_spread, row

#: What is compared: settings that differ from the recipe, by title.
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "VAE, beta 1": {},
    "VAE, beta 4": {"bottleneck.beta": 4.0},
    "beta-TC-VAE, total correlation 5": {"bottleneck.total_correlation": 5.0},
}
SCORES = ("MSE", "MIG", "SAP", "disentanglement", "completeness", "informativeness")


def measure(changes: Mapping[str, Any], seed: int) -> list[float]:
    """Train once; the `SCORES`."""
    config = recipe("shapes").changed({**changes, "training.seed": seed})
    assert isinstance(config.dataset, Shapes)
    data = config.dataset.load()
    *_, last = train(config, data)
    found = measure_disentanglement(encode_dataset(last.model, data).codes, config.dataset.test_factors())
    mse = score_model(last.model, data.test, config.corruption).mse
    return [mse, found.mig, found.sap, found.disentanglement, found.completeness, found.informativeness]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a row for each of `SETTINGS`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=1)
    parsed = parser.parse_args(arguments)
    torch.set_num_threads(parsed.threads)
    print(header(["setting", *SCORES]), flush=True)
    for title, changes in SETTINGS.items():
        scores = zip(*(measure(changes, seed) for seed in parsed.seeds), strict=True)
        cells = [
            mean_and_spread(values, 4 if name == "MSE" else 3) for name, values in zip(SCORES, scores, strict=True)
        ]
        print(row([title, *cells]), flush=True)


if __name__ == "__main__":
    main()
