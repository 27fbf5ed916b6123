"""Keras as its tutorials use it: the network of a config, trained by `model.fit` on NumPy arrays, in float32.

TensorFlow and PyTorch would compete for the cores within one process, so each side gets a process of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.models.networks.conv import Conv
from aecore.models.networks.dense import Dense
from aecore.utils.settings import cores

if TYPE_CHECKING:
    import keras

INSTALL = 'Keras with TensorFlow is not installed. Install it by: pip install -c constraints.txt -e ".[bench]"'

_LOSSES = {"bce": "binary_crossentropy", "mse": "mean_squared_error"}


def require_keras() -> None:
    """End the program with an explanation if Keras or TensorFlow is missing."""
    if not find_spec("keras") or not find_spec("tensorflow"):
        sys.exit(INSTALL)


def start_keras() -> None:
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(cores())
    tf.config.threading.set_inter_op_parallelism_threads(cores())


def versions() -> dict[str, str]:
    import keras
    import tensorflow as tf

    return {"Keras": keras.__version__, "TensorFlow": tf.__version__}


def build(config: RunConfig) -> keras.Model:
    """Build and compile the network of a config, `Dense` or `Conv`, with Keras's initialization and Adam."""
    import keras

    network = config.network
    assert isinstance(network, Dense | Conv)
    keras.utils.set_random_seed(config.training.seed)
    layers = _dense_layers(config, network) if isinstance(network, Dense) else _conv_layers(config, network)
    model = keras.Sequential([keras.Input(_shape(config)), *layers])
    settings = config.training
    model.compile(optimizer=keras.optimizers.Adam(settings.learning_rate), loss=_LOSSES[settings.loss])
    return model


def pixels(config: RunConfig, images: Tensor) -> np.ndarray:
    """Convert images (N, C, H, W) uint8 to what the model takes: float32 in [0, 1], with the channels last."""
    array = images.permute(0, 2, 3, 1).numpy().astype("float32") / 255
    return array.reshape(-1, *_shape(config))


def fit(config: RunConfig, model: keras.Model, x: np.ndarray, epochs: int, **hooks: Callable[..., None]) -> None:
    """Train; `hooks` are those of a callback, such as `on_epoch_end`."""
    import keras

    callbacks = [keras.callbacks.LambdaCallback(**hooks)] if hooks else []
    batch = config.training.batch_size
    model.fit(x, x, batch_size=batch, epochs=epochs, shuffle=True, verbose=0, callbacks=callbacks)


def _shape(config: RunConfig) -> tuple[int, ...]:
    channels, height, width = config.dataset.input_shape
    return (height * width * channels,) if config.network.kind == "dense" else (height, width, channels)


def _dense_layers(config: RunConfig, network: Dense) -> list[keras.Layer]:
    from keras import layers

    encoder = [layers.Dense(width, network.activation) for width in network.widths]
    code = layers.Dense(config.latent_size, config.bottleneck.kind)  # the kind is the name of its activation
    decoder = [layers.Dense(width, network.activation) for width in reversed(network.widths)]
    return [*encoder, code, *decoder, layers.Dense(*_shape(config), "sigmoid")]


def _conv_layers(config: RunConfig, network: Conv) -> list[keras.Layer]:
    from keras import layers

    def conv(channels: int, activation: str) -> keras.Layer:
        return layers.Conv2D(channels, network.kernel, activation=activation, padding="same")

    result = []
    for channels in network.channels:
        result += [conv(channels, network.activation), layers.MaxPooling2D(padding="same")]
    for channels in reversed(network.channels):
        result += [conv(channels, network.activation), layers.UpSampling2D()]
    return [*result, conv(config.dataset.input_shape[0], "sigmoid")]
