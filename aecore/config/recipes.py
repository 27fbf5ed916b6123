"""Recipes: named settings to start from."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.config.run_config import RunConfig, Training
from aecore.data import Dataset, default_dataset
from aecore.data.vectors import Vectors
from aecore.models.bottlenecks import Bottleneck
from aecore.models.bottlenecks.feature_map import FeatureMap
from aecore.models.bottlenecks.projections import Linear, ReLU, Sigmoid
from aecore.models.bottlenecks.variational import Variational
from aecore.models.bottlenecks.vector_quantized import VectorQuantized
from aecore.models.networks import Network
from aecore.models.networks.attention import Attention
from aecore.models.networks.conv import Conv
from aecore.models.networks.dense import Dense
from aecore.models.networks.recurrent import Recurrent
from aecore.models.networks.residual import Residual
from aecore.objectives.corruptions import Corruption, Gaussian, NoCorruption
from aecore.objectives.penalties import L1, MMD, Contractive, NoPenalty, Penalty
from aecore.optim.schedules import Cosine, OneCycle, StepDecay
from aecore.optim.stopping import Early


@dataclass(frozen=True)
class Recipe:
    """A run's settings, and what they show; its data is the fullest on this machine unless it names its own."""

    name: str
    title: str
    explanation: str
    network: Network
    bottleneck: Bottleneck
    training: Training
    corruption: Corruption = NoCorruption()  # noqa: RUF009 - frozen
    penalty: Penalty = NoPenalty()  # noqa: RUF009 - frozen
    dataset: Dataset | None = None

    def config(self, dataset: Dataset | None = None) -> RunConfig:
        """The settings for a data set; by default the recipe's own, or the fullest on this machine."""
        return RunConfig(
            dataset=dataset or self.dataset or default_dataset(),
            network=self.network,
            bottleneck=self.bottleneck,
            corruption=self.corruption,
            penalty=self.penalty,
            training=self.training,
        )


_FIRST = Recipe(
    "quick-start",
    "Quick start",
    "A dense autoencoder that squeezes each digit into 16 numbers. It soon beats PCA with as many components: "
    "the place to begin.",
    Dense(widths=(512, 256)),
    Linear(latent=16),
    Training(epochs=20, batch_size=128, schedule=Cosine()),
)

# The five autoencoders of the texts this project began with, layer by layer.
_SOURCES = (
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
        "vectors",
        "Vectors",
        "No pictures: 100 rows of 10 random numbers, 10-64-5-64-10, one row a step. The numbers share nothing, so five "
        "cannot hold ten: it learns its 100 rows partly by heart, and does worse than PCA on rows it has not seen.",
        Dense(widths=(64,)),
        Sigmoid(latent=5),
        Training(loss="mse", epochs=100, batch_size=1),
        dataset=Vectors(),
    ),
    Recipe(
        "regularized",
        "Regularized",
        "A dense autoencoder held back in every usual way at once: small L1 and L2 penalties on its weights, dropout, "
        "a learning rate that drops, and an early end when validation gets no better. Switch them off one by one.",
        Dense(widths=(128,), dropout=0.1),
        ReLU(latent=32),
        Training(
            loss="mse",
            epochs=10,
            weight_decay=1e-5,
            l1=1e-6,
            schedule=StepDecay(step_size=3, gamma=0.5),
            stopping=Early(patience=3),
        ),
    ),
    Recipe(
        "one-hidden-layer",
        "One hidden layer",
        "784-128-784: the simplest autoencoder there is. Its 128 numbers are enough for a copy in which little is "
        "missing; what each of them stands for is a stroke or a blot somewhere on the picture.",
        Dense(widths=()),
        ReLU(latent=128),
        Training(epochs=100, batch_size=256),
    ),
    Recipe(
        "convolutional",
        "Convolutional",
        "Convolutions keep the picture's layout: the code is a stack of 32 small pictures, 7 x 7 each. That is "
        "twice as many numbers as the digit has pixels, so nothing is squeezed, and the copy is nearly perfect. "
        "With Glorot's first weights it may stay all black.",
        Conv(channels=(32, 32)),
        FeatureMap(),
        Training(loss="mse", epochs=100, batch_size=256),
    ),
)

_RELATIVES = (
    Recipe(
        "two-dimensional",
        "Two dimensions",
        "Only two numbers a digit, so that the whole code fits on a flat map. The digits come back blurred, and show "
        "what two numbers can and cannot hold.",
        Dense(widths=(512, 256, 64)),
        Linear(latent=2),
        Training(epochs=30, batch_size=128, schedule=Cosine()),
    ),
    Recipe(
        "denoising",
        "Denoising",
        "It is given noisy digits and must draw the clean ones. Copying no longer helps: it has to learn what digits "
        "look like. Vincent et al. 2010.",
        Dense(widths=(512, 256)),
        Linear(latent=64),
        Training(epochs=30, batch_size=128, learning_rate=3e-3, schedule=OneCycle()),
        corruption=Gaussian(strength=0.5),
    ),
    Recipe(
        "sparse",
        "Sparse",
        "A wide code of 256 numbers, of which only a few may be active for any one digit: each then stands for a "
        "part of a stroke. Olshausen and Field 1996.",
        Dense(widths=()),
        ReLU(latent=256),
        Training(epochs=20, batch_size=128, schedule=Cosine()),
        penalty=L1(weight=0.2),
    ),
    Recipe(
        "contractive",
        "Contractive",
        "The code is asked to change little when the picture does, so that only what tells digits apart moves it. "
        "Rifai et al. 2011.",
        Dense(widths=(256,)),
        Sigmoid(latent=32),
        Training(epochs=15, batch_size=128, schedule=Cosine()),
        penalty=Contractive(),
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
    Recipe(
        "beta-vae",
        "Beta-VAE",
        "A VAE that pays four times as much for its code, so it uses fewer numbers, and each for one thing, like slant "
        "or width. The copy suffers. Higgins et al. 2017.",
        Dense(widths=(400,)),
        Variational(latent=10, beta=4.0, beta_warmup=3.0),
        Training(epochs=15, batch_size=128),
    ),
    Recipe(
        "wae",
        "Wasserstein (WAE)",
        "Points instead of clouds, but all of them together are drawn toward the bell curve: sharper than a VAE, and "
        "random codes still decode. Tolstikhin et al. 2018.",
        Dense(widths=(512, 256)),
        Linear(latent=8),
        Training(epochs=20, batch_size=256, schedule=Cosine()),
        penalty=MMD(),
    ),
    Recipe(
        "vq-vae",
        "Vector-quantized (VQ-VAE)",
        "At each of 7 x 7 places the code names one of 64 learned entries: 49 whole numbers a digit, 37 bytes in all. "
        "Van den Oord et al. 2017.",
        Conv(channels=(32, 64)),
        VectorQuantized(),
        Training(epochs=10, batch_size=128, learning_rate=2e-3),
    ),
    Recipe(
        "deep-hinton",
        "Deep, as Hinton's",
        "784-1000-500-250-30, the network that made deep autoencoders known: 30 numbers a digit, with about a quarter "
        "of PCA's error. Batch norm does what took them a pretraining. Hinton and Salakhutdinov 2006.",
        Dense(widths=(1000, 500, 250), norm="batch"),
        Linear(latent=30),
        Training(epochs=40, batch_size=128, learning_rate=3e-3, schedule=OneCycle()),
    ),
    Recipe(
        "residual-best",
        "Residual, best copy",
        "Residual blocks around a code of 32 numbers: the sharpest digits here for that size, and the slowest to "
        "train. He et al. 2016.",
        Residual(),
        Linear(latent=32),
        Training(epochs=15, batch_size=128, schedule=OneCycle()),
    ),
    Recipe(
        "row-lstm",
        "Row by row (LSTM)",
        "An LSTM reads the digit as 28 rows, one after the other, and a second one writes it down again from what the "
        "first remembers. Srivastava et al. 2015.",
        Recurrent(),
        Linear(latent=32),
        Training(epochs=15, batch_size=64, learning_rate=6e-3, schedule=OneCycle()),
    ),
    Recipe(
        "patch-transformer",
        "Patch transformer",
        "The digit is cut into patches of 4 x 4 pixels that look at each other. Strong on large collections of large "
        "pictures; on small ones convolutions learn faster. Dosovitskiy et al. 2021.",
        Attention(),
        Linear(latent=32),
        Training(epochs=15, batch_size=128, schedule=OneCycle()),
    ),
    Recipe(
        "pca-like",
        "PCA by gradient",
        "One linear layer each way and no activation: the best it can do is PCA's answer, and it finds it. Its 30 "
        "numbers span the same subspace. Baldi and Hornik 1989.",
        Dense(widths=(), activation="none", output="linear"),
        Linear(latent=30),
        Training(loss="mse", epochs=20, batch_size=128, learning_rate=5e-3, schedule=Cosine()),
    ),
)

#: Recipes by name, the first to try first.
RECIPES = {recipe.name: recipe for recipe in (_FIRST, *_SOURCES, *_RELATIVES)}


def recipe(name: str) -> Recipe:
    """A recipe by name.

    Raises:
        KeyError: there is none of that name; the message lists those there are.
    """
    if name not in RECIPES:
        raise KeyError(f"There is no recipe called {name!r}; possible values are {', '.join(RECIPES)}.")
    return RECIPES[name]
