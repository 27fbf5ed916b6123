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

    Without it, a convolutional model trained on squared error can stay all black, as most pixels of a digit are. Under
    a likelihood, it is the distribution of each pixel over the training images.

    Args:
        model: changed in place.
        images: training images (N, *input_shape).
    """
    layers = [*model.bottleneck.modules(), *model.decoder.modules()]
    biases = [bias for m in layers if isinstance(bias := getattr(m, "bias", None), nn.Parameter)]
    if not biases:
        return
    bias = biases[-1]
    if model.likelihood is not None:
        _copy_fitting(bias, model.likelihood.marginal_logits(images))
        return
    mean = to_float(images).mean(dim=0)  # (*input_shape)
    if not _copy_fitting(bias, mean):
        bias.fill_(mean.mean())  # the layer generates rows or patches at all positions
    if model.bounded:
        bias.copy_(torch.logit(bias, eps=0.01))


def _copy_fitting(bias: Tensor, target: Tensor) -> bool:
    """Set a bias of each value or of each channel to a target (C, ...); return whether it is one of these."""
    if bias.numel() == target.numel():
        bias.copy_(target.flatten())
    elif bias.numel() == len(target):
        bias.copy_(target.flatten(1).mean(dim=1))
    else:
        return False
    return True


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
