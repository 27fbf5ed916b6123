"""Recipes for the dataset of shapes: whether a dimension of the code follows one factor of the images."""

from __future__ import annotations

from aecore.config.recipe import Recipe
from aecore.config.training import Training
from aecore.data.shapes import Shapes
from aecore.models.bottlenecks.variational import Variational
from aecore.models.networks.dense import Dense
from aecore.optim.length import Epochs
from aecore.optim.schedules import OneCycle

_NETWORK = Dense(widths=(512, 256))
_TRAINING = Training(length=Epochs(epochs=30), batch_size=128, learning_rate=1e-3, schedule=OneCycle())

SHAPES = (
    Recipe(
        "shapes",
        "Shapes",
        "A VAE of images made of known factors: shape, size, angle and position. Features then measures which "
        "dimension of the code follows which factor. Here most factors are mixed.",
        _NETWORK,
        Variational(latent=8),
        _TRAINING,
        dataset=Shapes(),
    ),
    Recipe(
        "shapes-independent",
        "Shapes, independent",
        "The same with a penalty on the dependence between dimensions, their total correlation (beta-TC-VAE): each "
        "tends to follow one factor, at the cost of the reconstruction. Chen et al. 2018.",
        _NETWORK,
        Variational(latent=8, total_correlation=5.0),
        _TRAINING,
        dataset=Shapes(),
    ),
)
