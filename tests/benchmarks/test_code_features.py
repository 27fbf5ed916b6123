"""The benchmark of codes as features."""

from __future__ import annotations

import math

import torch

from aecore.data import Data, Split
from aecore.evaluation.features.representations import Features
from benchmarks.code_features import Shares, measure


def test_separate_classes_are_classified_and_clustered_without_error() -> None:
    labels = torch.arange(2).repeat_interleave(40)
    features = torch.randn(80, 3, generator=torch.Generator().manual_seed(0)) + 20 * labels[:, None]
    split = Split(torch.zeros(80, 1, 2, 2, dtype=torch.uint8), labels)
    shares = measure(Features(features, features), Data(split, split, split, ("0", "1")), seed=0)
    assert math.isnan(shares.umap) or shares.umap == 1
    assert shares == Shares(1, 1, 1, 1, shares.umap)
