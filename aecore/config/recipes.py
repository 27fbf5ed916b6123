"""Recipes: named run settings to start from."""

from __future__ import annotations

from aecore.config.recipe import Recipe
from aecore.config.training import Training
from aecore.data.vectors import Vectors
from aecore.models.bottlenecks.feature_map import FeatureMap
from aecore.models.bottlenecks.projections import Linear, ReLU, Sigmoid
from aecore.models.bottlenecks.variational import Variational
from aecore.models.bottlenecks.vector_quantized import VectorQuantized
from aecore.models.networks.attention import Attention
from aecore.models.networks.conv import Conv
from aecore.models.networks.dense import Dense
from aecore.models.networks.recurrent import Recurrent
from aecore.models.networks.residual import Residual
from aecore.objectives.corruptions import Gaussian
from aecore.objectives.penalties import L1, MMD, Contractive
from aecore.optim.length import Epochs, Steps
from aecore.optim.schedules import Cosine, OneCycle, StepDecay
from aecore.optim.stopping import EarlyStopping
from aecore.utils.suggestions import did_you_mean

_QUICK_START = Recipe(
    "quick-start",
    "Quick start",
    "A dense autoencoder that compresses each image to 16 numbers, or to 8 if there are fewer than 1,000 pictures of "
    "your own. It beats PCA with the same number of components. Start here.",
    Dense(widths=(512, 256)),
    Linear(latent=16),
    Training(length=Steps(steps=640), batch_size=128, schedule=Cosine()),
    small={  # the noise of batch norm keeps it from overfitting
        "network": Dense(widths=(128,), norm="batch", activation="gelu"),
        "bottleneck": Linear(latent=8),
        "training": Training(length=Steps(steps=1000), batch_size=32, learning_rate=5e-3, schedule=OneCycle()),
    },
)

# The five autoencoders of the tutorials that this project follows, layer by layer.
_TUTORIALS = (
    Recipe(
        "deep-dense",
        "Deep dense",
        "784-128-64-32-10 and back, with a sigmoid code: the deep autoencoder of many tutorials. Ten latent dimensions "
        "between 0 and 1 learn slowly, so it needs its 50 epochs.",
        Dense(widths=(128, 64, 32)),
        Sigmoid(latent=10),
        Training(length=Epochs(epochs=50), batch_size=256),
    ),
    Recipe(
        "vectors",
        "Vectors",
        "Vectors instead of images: 100 rows of 10 random features, 10-64-5-64-10, batch size 1. The features are "
        "independent, so five cannot represent ten: the model overfits its 100 rows, and PCA is better on new rows.",
        Dense(widths=(64,)),
        Sigmoid(latent=5),
        Training(loss="mse", length=Epochs(epochs=100), batch_size=1),
        dataset=Vectors(),
    ),
    Recipe(
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
    ),
    Recipe(
        "one-hidden-layer",
        "One hidden layer",
        "784-128-784: the simplest autoencoder. Its 128 latent dimensions suffice for an accurate reconstruction; each "
        "represents a stroke or a blob at some position in the image.",
        Dense(widths=()),
        ReLU(latent=128),
        Training(length=Epochs(epochs=100), batch_size=256),
    ),
    Recipe(
        "convolutional",
        "Convolutional",
        "Convolutions preserve the spatial layout: the code is 32 feature maps of 7 x 7. That is twice as many values "
        "as the image has pixels, so nothing is compressed, and the reconstruction is almost perfect. With Glorot "
        "initialization the output may stay all black.",
        Conv(channels=(32, 32)),
        FeatureMap(),
        Training(loss="mse", length=Epochs(epochs=100), batch_size=256),
    ),
)

_VARIANTS = (
    Recipe(
        "two-dimensional",
        "Two dimensions",
        "Only two latent dimensions, so that all codes can be plotted in a plane. The reconstructions are blurred and "
        "show how much two numbers can represent.",
        Dense(widths=(512, 256, 64)),
        Linear(latent=2),
        Training(length=Epochs(epochs=30), batch_size=128, schedule=Cosine()),
    ),
    Recipe(
        "denoising",
        "Denoising",
        "The input is a noisy image, the target is the clean one. Copying the input no longer works: the model has to "
        "learn what the images look like. Vincent et al. 2010.",
        Dense(widths=(512, 256)),
        Linear(latent=64),
        Training(length=Epochs(epochs=30), batch_size=128, learning_rate=3e-3, schedule=OneCycle()),
        corruption=Gaussian(strength=0.5),
    ),
    Recipe(
        "sparse",
        "Sparse",
        "A wide code of 256 latent dimensions, of which only a few are active for each image. Each then represents "
        "part of a stroke. Olshausen and Field 1996.",
        Dense(widths=()),
        ReLU(latent=256),
        Training(length=Epochs(epochs=20), batch_size=128, schedule=Cosine()),
        penalty=L1(weight=0.2),
    ),
    Recipe(
        "contractive",
        "Contractive",
        "The code is penalized for changing when the image changes, so that it responds only to what distinguishes "
        "images. Rifai et al. 2011.",
        Dense(widths=(256,)),
        Sigmoid(latent=32),
        Training(length=Epochs(epochs=15), batch_size=128, schedule=Cosine()),
        penalty=Contractive(),
    ),
    Recipe(
        "vae",
        "Variational (VAE)",
        "Each image becomes a Gaussian distribution of codes instead of a point, close to a standard normal prior. "
        "Reconstructions are a little blurrier, but random codes decode to new ones. Network as in PyTorch's example.",
        Dense(widths=(400,)),
        Variational(latent=20),
        Training(length=Epochs(epochs=10), batch_size=128),
    ),
    Recipe(
        "beta-vae",
        "Beta-VAE",
        "A VAE with four times the weight on the KL divergence: it uses fewer latent dimensions, each for one property "
        "such as slant or width, at the cost of the reconstruction. Higgins et al. 2017.",
        Dense(widths=(400,)),
        Variational(latent=10, beta=4.0, beta_warmup=3.0),
        Training(length=Epochs(epochs=15), batch_size=128),
    ),
    Recipe(
        "wae",
        "Wasserstein (WAE)",
        "Each image has a single code, but the codes as a whole match a standard normal distribution: sharper than a "
        "VAE, and random codes still decode to images. Tolstikhin et al. 2018.",
        Dense(widths=(512, 256)),
        Linear(latent=8),
        Training(length=Epochs(epochs=20), batch_size=256, schedule=Cosine()),
        penalty=MMD(),
    ),
    Recipe(
        "vq-vae",
        "Vector-quantized (VQ-VAE)",
        "At each of 7 x 7 positions the code is one of 64 learned codebook entries: 49 indices per image, 37 bytes in "
        "all. Van den Oord et al. 2017.",
        Conv(channels=(32, 64)),
        VectorQuantized(),
        Training(length=Epochs(epochs=10), batch_size=128, learning_rate=2e-3),
    ),
    Recipe(
        "deep-hinton",
        "Hinton's deep autoencoder",
        "784-1000-500-250-30, the network that popularized deep autoencoders: 30 latent dimensions, with about a "
        "quarter of PCA's error. Batch normalization replaces the layer-wise pretraining of the paper. Hinton and "
        "Salakhutdinov 2006.",
        Dense(widths=(1000, 500, 250), norm="batch"),
        Linear(latent=30),
        Training(length=Epochs(epochs=40), batch_size=128, learning_rate=3e-3, schedule=OneCycle()),
    ),
    Recipe(
        "residual-best",
        "Residual",
        "Residual blocks around 32 latent dimensions: the sharpest reconstructions of all recipes at that size, and "
        "the slowest to train. He et al. 2016.",
        Residual(),
        Linear(latent=32),
        Training(length=Epochs(epochs=15), batch_size=128, schedule=OneCycle()),
    ),
    Recipe(
        "row-lstm",
        "Recurrent (LSTM)",
        "An LSTM reads the image as a sequence of 28 rows, and a second one generates the rows from the code of its "
        "final state. Srivastava et al. 2015.",
        Recurrent(),
        Linear(latent=32),
        Training(length=Epochs(epochs=15), batch_size=64, learning_rate=6e-3, schedule=OneCycle()),
    ),
    Recipe(
        "patch-transformer",
        "Patch transformer",
        "The image is divided into patches of 4 x 4 pixels that attend to each other. Transformers excel on large "
        "datasets of large images; on small datasets convolutions learn faster. Dosovitskiy et al. 2021.",
        Attention(),
        Linear(latent=32),
        Training(length=Epochs(epochs=15), batch_size=128, schedule=OneCycle()),
    ),
    Recipe(
        "pca-like",
        "PCA by gradient descent",
        "One linear layer in each direction and no activation: PCA is its optimum, and training finds it. Its 30 "
        "latent dimensions span the same subspace. Baldi and Hornik 1989.",
        Dense(widths=(), activation="none", output="linear"),
        Linear(latent=30),
        Training(loss="mse", length=Epochs(epochs=20), batch_size=128, learning_rate=5e-3, schedule=Cosine()),
    ),
)

#: Recipes by name; the first is the one to start with.
RECIPES = {recipe.name: recipe for recipe in (_QUICK_START, *_TUTORIALS, *_VARIANTS)}


def recipe(name: str) -> Recipe:
    """Return a recipe by name.

    Raises:
        KeyError: there is no recipe with that name; the message lists the possible names.
    """
    if name not in RECIPES:
        mean = did_you_mean(name, RECIPES)
        raise KeyError(f"There is no recipe called {name!r}; possible values are {', '.join(RECIPES)}.{mean}")
    return RECIPES[name]
