"""The recipe to start with."""

from __future__ import annotations

from aecore.config.recipe import Recipe
from aecore.config.recipes.schedules import EARLY_PEAK
from aecore.config.training import Training
from aecore.models.bottlenecks.projections import Linear
from aecore.models.networks.dense import Dense
from aecore.optim.length import Steps
from aecore.optim.schedules import OneCycle

QUICK_START = Recipe(
    "quick-start",
    "Quick start",
    "A dense autoencoder that compresses each image to 16 numbers, or to 8 if there are fewer than 1,000 pictures of "
    "your own. It beats PCA with the same number of components. Start here.",
    Dense(widths=(512, 256), activation="gelu"),
    Linear(latent=16),
    Training(length=Steps(steps=400), batch_size=128, learning_rate=5e-3, schedule=EARLY_PEAK),
    small={  # the noise of batch norm keeps it from overfitting
        "network": Dense(widths=(128,), norm="batch", activation="gelu"),
        "bottleneck": Linear(latent=8),
        "training": Training(length=Steps(steps=1000), batch_size=32, learning_rate=5e-3, schedule=OneCycle()),
    },
)
