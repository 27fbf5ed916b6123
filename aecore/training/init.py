"""First weights: where training begins."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aecore.config.run_config import RunConfig
from aecore.data.pixels import to_float
from aecore.models.autoencoder import Autoencoder
from aecore.models.networks.tied import TiedLinear

_WITH_WEIGHTS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def init_weights(model: Autoencoder, config: RunConfig, images: Tensor) -> None:
    """Change a new model's weights as the config asks.

    Args:
        model: as PyTorch begins it (He et al. 2015, with a = sqrt(5)).
        config: its `training.init` says how to begin.
        images: what it will learn from, (N, *input_shape).
    """
    if config.training.init == "mean-image":
        init_mean_image(model, images)
    elif config.training.init == "glorot":
        init_glorot(model)


@torch.no_grad()
def init_mean_image(model: Autoencoder, images: Tensor) -> None:
    """Set the bias of the layer that makes the picture so that the first answer is about the mean picture.

    Without it a convolutional model trained on squared error can stay all black: most of a digit's pixels are.
    """
    layers = [*model.bottleneck.modules(), *model.decoder.modules()]
    biases = [bias for m in layers if isinstance(bias := getattr(m, "bias", None), nn.Parameter)]
    if not biases:
        return
    bias, mean = biases[-1], to_float(images).mean(dim=0)  # (*input_shape)
    if bias.numel() == mean.numel():
        target = mean.flatten()
    elif bias.numel() == len(mean):
        target = mean.flatten(1).mean(dim=1)  # one bias a channel
    else:
        target = mean.mean().expand(bias.numel())  # the layer makes rows or patches, wherever they stand
    bias.copy_(torch.logit(target, eps=0.01) if model.bounded else target)


@torch.no_grad()
def init_glorot(model: Autoencoder) -> None:
    """Uniform weights by the width of both sides, and zero biases, as Keras begins.

    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, AISTATS 2010, eq. 16.
    """
    for layer in model.modules():
        if isinstance(layer, _WITH_WEIGHTS):
            nn.init.xavier_uniform_(layer.weight)
        if isinstance(layer, (*_WITH_WEIGHTS, TiedLinear)) and layer.bias is not None:
            nn.init.zeros_(layer.bias)
