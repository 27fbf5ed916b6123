"""The five autoencoders of the tutorials that this project follows, layer by layer, and a faster training of each."""

from __future__ import annotations

from dataclasses import replace

from aecore.config.recipe import Recipe
from aecore.config.recipes.schedules import EARLY_PEAK
from aecore.config.training import Training
from aecore.data.vectors import Vectors
from aecore.models.bottlenecks.feature_map import FeatureMap
from aecore.models.bottlenecks.projections import ReLU, Sigmoid
from aecore.models.networks.conv import Conv
from aecore.models.networks.dense import Dense
from aecore.optim.length import Epochs, Length, Steps
from aecore.optim.optimizers import Muon
from aecore.optim.schedules import StepDecay
from aecore.optim.stopping import EarlyStopping, NoStopping

_DEEP_DENSE = Recipe(
    "deep-dense",
    "Deep dense",
    "784-128-64-32-10 and back, with a sigmoid code: the deep autoencoder of many tutorials. Ten latent dimensions "
    "between 0 and 1 learn slowly, so it needs its 50 epochs.",
    Dense(widths=(128, 64, 32)),
    Sigmoid(latent=10),
    Training(length=Epochs(epochs=50), batch_size=256),
)

_VECTORS = Recipe(
    "vectors",
    "Vectors",
    "Vectors instead of images: 100 rows of 10 random features, 10-64-5-64-10, batch size 1. The features are "
    "independent, so five cannot represent ten: the model overfits its 100 rows, and PCA is better on new rows.",
    Dense(widths=(64,)),
    Sigmoid(latent=5),
    Training(loss="mse", length=Epochs(epochs=100), batch_size=1),
    dataset=Vectors(),
)

_REGULARIZED = Recipe(
    "regularized",
    "Regularized",
    "A dense autoencoder with all common regularization at once: small L1 and L2 penalties on the weights, "
    "dropout, learning-rate decay and early stopping. Switch them off one by one.",
    Dense(widths=(128,), dropout=0.1),
    ReLU(latent=32),
    Training(
        loss="mse",
        length=Epochs(epochs=10),
        weight_decay=1e-5,
        l1=1e-6,
        schedule=StepDecay(step_size=3, gamma=0.5),
        stopping=EarlyStopping(patience=3),
    ),
)

_ONE_HIDDEN_LAYER = Recipe(
    "one-hidden-layer",
    "One hidden layer",
    "784-128-784: the simplest autoencoder. Its 128 latent dimensions suffice for an accurate reconstruction; each "
    "represents a stroke or a blob at some position in the image.",
    Dense(widths=()),
    ReLU(latent=128),
    Training(length=Epochs(epochs=100), batch_size=256),
)

_CONVOLUTIONAL = Recipe(
    "convolutional",
    "Convolutional",
    "Convolutions preserve the spatial layout: the code is 32 feature maps of 7 x 7. That is twice as many values "
    "as the image has pixels, so nothing is compressed, and the reconstruction is almost perfect. With Glorot "
    "initialization the output may stay all black.",
    Conv(channels=(32, 32)),
    FeatureMap(),
    Training(loss="mse", length=Epochs(epochs=100), batch_size=256),
)


def _fast(source: Recipe, length: Length, learning_rate: float, explanation: str) -> Recipe:
    """Return a recipe with the network and the loss of another one, trained by Muon in one cycle."""
    changes = {
        "length": length,
        "optimizer": Muon(),
        "learning_rate": learning_rate,
        "schedule": EARLY_PEAK,
        "stopping": NoStopping(),
    }
    return replace(
        source,
        name=f"{source.name}-fast",
        title=f"{source.title}, fast",
        explanation=explanation,
        training=source.training.model_copy(update=changes),
    )


#: An epoch of MNIST's 60,000 images in batches of 256. In steps, because an epoch of a smaller dataset is too short.
_EPOCH_OF_MNIST = Steps(steps=235)

#: The five recipes exactly as in the tutorials, each followed by a faster training of the same network.
TUTORIALS = (
    _DEEP_DENSE,
    _fast(
        _DEEP_DENSE,
        _EPOCH_OF_MNIST,
        0.05,
        "The same network in one epoch of MNIST: Muon with one cycle of the learning rate comes within 1% of the error "
        "of 50 epochs with Adam.",
    ),
    _VECTORS,
    _fast(
        _VECTORS,
        Epochs(epochs=20),
        0.02,
        "The same network in 20 epochs: Muon with one cycle of the learning rate fits the 100 rows as closely as Adam "
        "in 100 epochs.",
    ),
    _REGULARIZED,
    _fast(
        _REGULARIZED,
        _EPOCH_OF_MNIST,
        0.05,
        "The same network, penalties and dropout in one epoch of MNIST: Muon with one cycle of the learning rate "
        "reaches a smaller error than ten epochs with Adam.",
    ),
    _ONE_HIDDEN_LAYER,
    _fast(
        _ONE_HIDDEN_LAYER,
        _EPOCH_OF_MNIST,
        0.1,
        "The same network in one epoch of MNIST: Muon with one cycle of the learning rate comes within 5% of the error "
        "of 100 epochs with Adam.",
    ),
    _CONVOLUTIONAL,
    _fast(
        _CONVOLUTIONAL,
        _EPOCH_OF_MNIST,
        0.1,
        "The same network in one epoch of MNIST: Muon with one cycle of the learning rate reaches a smaller error "
        "than 15 epochs with Adam.",
    ),
)
