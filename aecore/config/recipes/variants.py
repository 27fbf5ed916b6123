"""Recipes for the variants of autoencoders in the literature."""

from __future__ import annotations

from aecore.config.recipe import Recipe
from aecore.config.recipes.schedules import EARLY_PEAK
from aecore.config.training import Training
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
from aecore.optim.length import Epochs
from aecore.optim.optimizers import Muon
from aecore.optim.schedules import OneCycle

VARIANTS = (
    Recipe(
        "two-dimensional",
        "Two dimensions",
        "Only two latent dimensions, so that all codes can be plotted in a plane. The reconstructions are blurred and "
        "show how much two numbers can represent.",
        Dense(widths=(512, 256, 64), activation="gelu"),
        Linear(latent=2),
        Training(length=Epochs(epochs=10), batch_size=128, learning_rate=5e-3, schedule=EARLY_PEAK),
    ),
    Recipe(
        "denoising",
        "Denoising",
        "The input is a noisy image, the target is the clean one. Copying the input no longer works: the model has to "
        "learn what the images look like. Vincent et al. 2010.",
        Dense(widths=(512, 256), activation="gelu"),
        Linear(latent=64),
        Training(length=Epochs(epochs=24), batch_size=128, learning_rate=5e-3, schedule=EARLY_PEAK),
        corruption=Gaussian(strength=0.5),
    ),
    Recipe(
        "sparse",
        "Sparse",
        "A wide code of 256 latent dimensions, of which only a few are active for each image. Each then represents "
        "part of a stroke. Olshausen and Field 1996.",
        Dense(widths=()),
        ReLU(latent=256),
        Training(length=Epochs(epochs=7), batch_size=128, learning_rate=1e-2, schedule=EARLY_PEAK),
        penalty=L1(weight=0.2),
    ),
    Recipe(
        "contractive",
        "Contractive",
        "The code is penalized for changing when the image changes, so that it responds only to what distinguishes "
        "images. Rifai et al. 2011.",
        Dense(widths=(256,)),
        Sigmoid(latent=32),
        Training(length=Epochs(epochs=5), batch_size=128, learning_rate=1e-2, schedule=EARLY_PEAK),
        penalty=Contractive(),
    ),
    Recipe(
        "vae",
        "Variational (VAE)",
        "Each image becomes a Gaussian distribution of codes instead of a point, close to a standard normal prior. "
        "Reconstructions are a little blurrier, but random codes decode to new ones. Network as in PyTorch's example.",
        Dense(widths=(400,)),
        Variational(latent=20),
        Training(length=Epochs(epochs=7), batch_size=128, learning_rate=1e-2, schedule=OneCycle(warmup_fraction=0.2)),
    ),
    Recipe(
        "beta-vae",
        "Beta-VAE",
        "A VAE with four times the weight on the KL divergence: it uses fewer latent dimensions, each for one property "
        "such as slant or width, at the cost of the reconstruction. Higgins et al. 2017.",
        Dense(widths=(400,), activation="gelu"),
        Variational(latent=10, beta=4.0, beta_warmup=3.0),
        Training(length=Epochs(epochs=8), batch_size=128, learning_rate=5e-3, schedule=EARLY_PEAK),
    ),
    Recipe(
        "wae",
        "Wasserstein (WAE)",
        "Each image has a single code, but the codes as a whole match a standard normal distribution: sharper than a "
        "VAE, and random codes still decode to images. Tolstikhin et al. 2018.",
        Dense(widths=(512, 256), activation="gelu"),
        Linear(latent=8),
        Training(length=Epochs(epochs=8), batch_size=256, learning_rate=5e-3, schedule=EARLY_PEAK),
        penalty=MMD(),
    ),
    Recipe(
        "lossless",
        "Lossless compression",
        "A VAE whose decoder predicts a distribution of each exact pixel value. Bits-back coding turns it into a "
        "lossless compressor of about its loss, in bits per pixel: `python -m aecore lossless`. Townsend et al. 2019.",
        Dense(widths=(256, 256), activation="gelu"),
        Variational(latent=40),
        Training(
            loss="histograms",
            length=Epochs(epochs=10),
            batch_size=512,
            learning_rate=0.02,
            optimizer=Muon(),
            schedule=EARLY_PEAK,
        ),
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
        "few-bits",
        "Few bits",
        "A code of 16 numbers between 0 and 1, trained with noise as wide as the bins of 2 bits, so that it keeps more "
        "of the image when it is compressed to 1 or 2 bits per number, and less at 4. Ballé et al. 2017.",
        Dense(widths=(256, 128), activation="gelu"),
        Sigmoid(latent=16, noise_bits=2),
        Training(
            loss="mse",
            length=Epochs(epochs=15),
            optimizer=Muon(),
            learning_rate=0.05,
            schedule=OneCycle(),
        ),
    ),
    Recipe(
        "deep-hinton",
        "Hinton's deep autoencoder",
        "784-1000-500-250-30, the network that popularized deep autoencoders: 30 latent dimensions, with about a "
        "fifth of PCA's error. Batch normalization and GELU replace the layer-wise pretraining of the paper. Hinton "
        "and Salakhutdinov 2006.",
        Dense(widths=(1000, 500, 250), norm="batch", activation="gelu"),
        Linear(latent=30),
        Training(length=Epochs(epochs=24), batch_size=128, learning_rate=5e-3, schedule=OneCycle()),
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
        Training(loss="mse", length=Epochs(epochs=10), batch_size=128, learning_rate=1e-2, schedule=OneCycle()),
    ),
)
