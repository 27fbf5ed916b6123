"""Measure false-alarm rates on normal images that set neither the weights nor the threshold: one digit of MNIST each.

python -m benchmarks.false_alarms [DIGIT ...] trains the recipe `anomaly` on the training images of a digit without
2,200 drawn at random: 1,000 are judged, and 600 or 1,200 others set the threshold. The test images of MNIST were
written by other people and are not from the same distribution; their rates are printed beside. About two minutes.
"""

from __future__ import annotations

import sys

import torch

from aecore.config.recipes import recipe
from aecore.data import Data, Mnist, Split
from aecore.evaluation.anomaly.detection import threshold_at
from aecore.evaluation.anomaly.scores import SCORES
from aecore.training.train import train
from aecore.utils.settings import settings

JUDGED = 1000  # normal images whose false-alarm rate is measured
HELD_OUT = (600, 1200)  # normal images that set the threshold
RATES = (0.01, 0.02, 0.05, 0.1)


def measure(digit: int) -> None:
    """Train on one digit and print its rates in percent, one line for each number of held-out images."""
    config = recipe("anomaly").config(Mnist(classes=(digit,), validation=0))
    data = config.dataset.load()
    order = torch.randperm(len(data.training), generator=torch.Generator().manual_seed(digit))
    judged, held_out, rest = order.tensor_split([JUDGED, JUDGED + max(HELD_OUT)])
    pool = data.training
    *_, last = train(config, Data(pool.take(rest), Split(pool.images[:0]), data.test, data.class_names))
    scorer = SCORES["smoothed-error"].fit(last.model, pool.images[rest])
    scores, calibration = scorer(pool.images[judged]), scorer(pool.images[held_out])
    test = scorer(data.test.images[data.test.labels == digit])
    for count in HELD_OUT:
        thresholds = [threshold_at(rate, calibration[:count]) for rate in RATES]
        cells = [[f"{100 * float((s > t).float().mean()):.1f}" for t in thresholds] for s in (scores, test)]
        print(f"| {digit} | {count:,} | {' | '.join(cells[0])} | {' | '.join(cells[1])} |", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(settings().threads)
    asked = [f"{100 * rate:g} %" for rate in RATES]
    print("| digit | held out |", " | ".join(asked + [f"test, {rate}" for rate in asked]), "|")
    print("|---" * (2 + 2 * len(RATES)) + "|")
    for digit in map(int, sys.argv[1:] or range(10)):
        measure(digit)
