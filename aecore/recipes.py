"""Recipes: named settings to start from."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.bottlenecks import Bottleneck, FeatureMap, Linear, Sigmoid, Variational
from aecore.config import RunConfig, Training
from aecore.datasets import Dataset, default_dataset
from aecore.networks import Network
from aecore.networks.conv import Conv
from aecore.networks.dense import Dense
from aecore.schedules import Cosine


@dataclass(frozen=True)
class Recipe:
    """A run's settings but for its data, and what they show."""

    name: str
    title: str
    explanation: str
    network: Network
    bottleneck: Bottleneck
    training: Training

    def config(self, dataset: Dataset | None = None) -> RunConfig:
        """The settings for a data set; by default the fullest on this machine."""
        return RunConfig(
            dataset=dataset or default_dataset(),
            network=self.network,
            bottleneck=self.bottleneck,
            training=self.training,
        )


_RECIPES = (
    Recipe(
        "quick-start",
        "Quick start",
        "A dense autoencoder that squeezes each digit into 16 numbers. It soon beats PCA with as many components: "
        "the place to begin.",
        Dense(widths=(512, 256)),
        Linear(latent=16),
        Training(epochs=20, batch_size=128, schedule=Cosine()),
    ),
    Recipe(
        "deep-dense",
        "Deep dense",
        "784-128-64-32-10 and back, with a sigmoid code: the classic deep autoencoder of many tutorials. Ten numbers "
        "between 0 and 1 make a slow start, so give it its 50 epochs.",
        Dense(widths=(128, 64, 32)),
        Sigmoid(latent=10),
        Training(epochs=50, batch_size=256),
    ),
    Recipe(
        "two-numbers",
        "Two numbers",
        "Only two numbers a digit, so that the whole code fits on a flat map. The digits come back blurred, and show "
        "what two numbers can and cannot hold.",
        Dense(widths=(512, 256, 64)),
        Linear(latent=2),
        Training(epochs=30, batch_size=128, schedule=Cosine()),
    ),
    Recipe(
        "convolutional",
        "Convolutional",
        "Convolutions keep the picture's layout: the code is a stack of 32 small pictures, 7 x 7 each. That is "
        "twice as many numbers as the digit has pixels, so nothing is squeezed, and the copy is nearly perfect.",
        Conv(channels=(32, 32)),
        FeatureMap(),
        Training(loss="mse", epochs=10, batch_size=256),
    ),
    Recipe(
        "vae",
        "Variational (VAE)",
        "Each digit becomes a small cloud of codes instead of a point, drawn toward one shared bell curve. The copy is "
        "a little blurrier, but a random code decodes to something like a digit. Network as in PyTorch's example.",
        Dense(widths=(400,)),
        Variational(latent=20),
        Training(epochs=10, batch_size=128),
    ),
)

#: Recipes by name, the first to try first.
RECIPES = {recipe.name: recipe for recipe in _RECIPES}


def recipe(name: str) -> Recipe:
    """A recipe by name.

    Raises:
        KeyError: there is none of that name; the message lists those there are.
    """
    if name not in RECIPES:
        raise KeyError(f"There is no recipe called {name!r}; possible are {', '.join(RECIPES)}.")
    return RECIPES[name]
