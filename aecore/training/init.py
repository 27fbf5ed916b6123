"""Initialization of a model's weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aecore.config.run_config import RunConfig
from aecore.data.pixels import to_float
from aecore.models.autoencoder import Autoencoder
from aecore.models.networks.tied import TiedLinear
from aecore.training.seeding import seeded

_WEIGHT_LAYERS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def initial_model(config: RunConfig, images: Tensor) -> Autoencoder:
    """Build the model that a training starts from: a function of the settings and the training images."""
    with seeded(config.training.seed, 0):
        model = config.build_model()
        init_weights(model, config, images)
    return model


def init_weights(model: Autoencoder, config: RunConfig, images: Tensor) -> None:
    """Initialize a model's weights in place.

    Args:
        model: with PyTorch's initialization (He et al. 2015, with a = sqrt(5)).
        config: `training.init` selects the initialization.
        images: training images (N, *input_shape).
    """
    if config.training.init == "mean-image":
        init_mean_image(model, images)
    elif config.training.init == "glorot":
        init_glorot(model)


@torch.no_grad()
def init_mean_image(model: Autoencoder, images: Tensor) -> None:
    """Set the bias of the output layer so that the initial reconstruction is close to the mean image.

    Without it, a convolutional model trained on squared error can stay all black, as most pixels of a digit are.

    Args:
        model: changed in place.
        images: training images (N, *input_shape).
    """
    layers = [*model.bottleneck.modules(), *model.decoder.modules()]
    biases = [bias for m in layers if isinstance(bias := getattr(m, "bias", None), nn.Parameter)]
    if not biases:
        return
    bias, mean = biases[-1], to_float(images).mean(dim=0)  # (*input_shape)
    if bias.numel() == mean.numel():
        target = mean.flatten()
    elif bias.numel() == len(mean):
        target = mean.flatten(1).mean(dim=1)  # one bias per channel
    else:
        target = mean.mean().expand(bias.numel())  # the layer generates rows or patches at all positions
    bias.copy_(torch.logit(target, eps=0.01) if model.bounded else target)


@torch.no_grad()
def init_glorot(model: Autoencoder) -> None:
    """Glorot uniform weights and zero biases, the defaults of Keras.

    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, AISTATS 2010, eq. 16.
    """
    for layer in model.modules():
        if isinstance(layer, _WEIGHT_LAYERS):
            nn.init.xavier_uniform_(layer.weight)
        if isinstance(layer, (*_WEIGHT_LAYERS, TiedLinear)) and layer.bias is not None:
            nn.init.zeros_(layer.bias)
