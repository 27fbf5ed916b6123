"""Recipes whose codes are good features: an augmented image is the input, and the original is the target."""

from __future__ import annotations

from aecore.config.recipe import Recipe
from aecore.config.recipes.schedules import EARLY_PEAK
from aecore.config.training import Training
from aecore.models.bottlenecks.projections import Linear
from aecore.models.bottlenecks.variational import Variational
from aecore.models.networks.dense import Dense
from aecore.objectives.corruptions.affine import Affine
from aecore.optim.length import Epochs
from aecore.optim.optimizers import Muon

FEATURES = (
    Recipe(
        "augmented",
        "Augmented",
        "The input is an image shifted, rotated and slanted a little at random, and the target is the original. What "
        "these changes leave alone stays in the code, so that neighbors of a code are of the same class more often "
        "than neighbors among pixels.",
        Dense(widths=(256, 128)),
        Linear(latent=16),
        Training(length=Epochs(epochs=12), optimizer=Muon(), learning_rate=0.05, schedule=EARLY_PEAK),
        corruption=Affine(strength=0.1),
    ),
    Recipe(
        "augmented-vae",
        "Augmented VAE",
        "A VAE that restores images shifted, rotated and slanted at random. Both keep small differences out of the "
        "code: its clusters, found without labels, are close to the classes.",
        Dense(widths=(256, 128)),
        Variational(latent=10),
        Training(length=Epochs(epochs=10), optimizer=Muon(), learning_rate=0.05, schedule=EARLY_PEAK),
        corruption=Affine(strength=0.2),
    ),
)
