"""Classify full MNIST with few labels by codes, beside baselines, as Markdown: python -m benchmarks.few_labels

A recipe is trained on all 60,000 training images without labels, with several seeds. Classifiers are then fitted to
the features of some training images with their labels, chosen at random for each seed, and scored on the 10,000 test
images: accuracy in percent, mean and standard deviation over the seeds. PCA and the untrained encoder have as many
numbers as the code.
"""

from __future__ import annotations

import sys

import torch

from aecore.config.recipes import RECIPES, recipe
from aecore.data import Data, Mnist
from aecore.evaluation.features.few_labels import CLASSIFIERS, LABELS, classify
from aecore.evaluation.features.representations import REPRESENTATIONS, represent
from aecore.training.train import train
from aecore.utils.settings import settings
from benchmarks.arguments import argument_parser, count
from benchmarks.tables import header, mean_and_spread, row

Accuracies = dict[tuple[str, str, int | None], list[float]]  # by classifier, features and labels per class


def measure(name: str, data: Data, seeds: int) -> Accuracies:
    """Train a recipe with some seeds; the accuracies from 0 to 1, one of each seed."""
    found: Accuracies = {}
    for seed in range(seeds):
        config = recipe(name).config(Mnist(validation=0)).changed({"training.seed": seed})
        *_, last = train(config, data)
        for kind, features in represent(last.model, config, data):
            labels = data.training.labels, data.test.labels
            for accuracy in classify(features.training, labels[0], features.test, labels[1], seed):
                key = accuracy.classifier, kind, accuracy.labels_per_class
                found.setdefault(key, []).append(accuracy.mean)
            print(name, seed, kind, file=sys.stderr, flush=True)
    return found


def rows(found: Accuracies) -> list[str]:
    """Return a row for each classifier and kind of features."""
    return [
        row([
            REPRESENTATIONS[kind].title,
            classifier.title.lower(),
            *(mean_and_spread([100 * share for share in found[classifier.name, kind, n]], 1) for n in LABELS),
        ])
        for classifier in CLASSIFIERS.values()
        for kind in REPRESENTATIONS
    ]  # fmt: skip


def main(arguments: list[str]) -> None:
    parser = argument_parser(__doc__ or "")
    parser.add_argument("recipe", nargs="?", default="augmented", choices=RECIPES, metavar="RECIPE")
    parser.add_argument("--seeds", type=count, default=3, help="trainings")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(settings().threads)
    data = Mnist(validation=0).load()
    found = measure(asked.recipe, data, asked.seeds)
    print(header(["features", "classifier", *(f"{n:,}" if n else "all" for n in LABELS)], texts=2))
    print("\n".join(rows(found)))


if __name__ == "__main__":
    main(sys.argv[1:])
