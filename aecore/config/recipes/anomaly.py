"""The recipe for anomaly detection."""

from __future__ import annotations

from aecore.config.recipe import Recipe
from aecore.config.recipes.schedules import EARLY_PEAK
from aecore.config.training import Training
from aecore.models.bottlenecks.projections import Linear
from aecore.models.networks.dense import Dense
from aecore.objectives.corruptions import CutPaste
from aecore.optim.length import Steps
from aecore.optim.optimizers import Muon

ANOMALY = Recipe(
    "anomaly",
    "Anomaly detection",
    "Trained on normal images, with a patch of another one pasted in, it learns to restore what is normal. What is "
    "anomalous is not restored, so its error is large. Choose one class to train on, and see the other classes stand "
    "out. Li et al. 2021.",
    Dense(widths=(256,)),
    Linear(latent=32),
    Training(
        length=Steps(steps=500),
        batch_size=256,
        optimizer=Muon(),
        learning_rate=0.05,
        schedule=EARLY_PEAK,
    ),
    corruption=CutPaste(strength=0.7, min_strength=0.2, noise=0.2),
)
