"""Keras as its tutorials use it: the network of a config, trained by `model.fit` on NumPy arrays, in float32.

TensorFlow and PyTorch would compete for the cores within one process, so each side gets a process of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.utils.settings import cores

if TYPE_CHECKING:
    import keras

INSTALL = 'Keras with TensorFlow is not installed. Install it by: pip install -c constraints.txt -e ".[bench]"'

_LOSSES = {"bce": "binary_crossentropy", "mse": "mean_squared_error"}


def require_keras() -> None:
    """End the program with an explanation if Keras or TensorFlow is missing."""
    if not find_spec("keras") or not find_spec("tensorflow"):
        sys.exit(INSTALL)


def one_process(start: Callable[[], None]) -> ProcessPoolExecutor:
    """Return an executor that runs everything in one process, which calls `start` first."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=start)


def start_torch() -> None:
    torch.set_num_threads(cores())


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

    layers = _dense_layers(config) if config.network.kind == "dense" else _conv_layers(config)
    model = keras.Sequential([keras.Input(_shape(config)), *layers])
    settings = config.training
    model.compile(optimizer=keras.optimizers.Adam(settings.learning_rate), loss=_LOSSES[settings.loss])
    return model


def pixels(config: RunConfig, images: Tensor) -> np.ndarray:
    """Convert images (N, C, H, W) uint8 to what the model takes: float32 in [0, 1], with the channels last."""
    array = images.permute(0, 2, 3, 1).numpy().astype("float32") / 255
    return array.reshape(-1, *_shape(config))


def fit(config: RunConfig, model: keras.Model, x: np.ndarray, epochs: int, after_step: Callable[[int], bool]) -> None:
    """Train until `after_step`, which is called with the number of steps done, returns True."""
    import keras

    steps = 0

    def after_batch(batch: int, logs: Any) -> None:
        nonlocal steps
        steps += 1
        if after_step(steps):
            model.stop_training = True

    callback = keras.callbacks.LambdaCallback(on_train_batch_end=after_batch)
    model.fit(
        x, x, batch_size=config.training.batch_size, epochs=epochs, shuffle=True, verbose=0, callbacks=[callback]
    )  # fmt: skip


def _shape(config: RunConfig) -> tuple[int, ...]:
    channels, height, width = config.dataset.input_shape
    return (height * width * channels,) if config.network.kind == "dense" else (height, width, channels)


def _dense_layers(config: RunConfig) -> list[keras.Layer]:
    from keras.layers import Dense

    widths, activation = config.network.widths, config.network.activation
    code = Dense(config.latent_size, config.bottleneck.kind)  # the kind is the name of its activation
    encoder, decoder = ([Dense(width, activation) for width in order] for order in (widths, widths[::-1]))
    return [*encoder, code, *decoder, Dense(*_shape(config), "sigmoid")]


def _conv_layers(config: RunConfig) -> list[keras.Layer]:
    from keras.layers import Conv2D, MaxPooling2D, UpSampling2D

    def conv(channels: int, activation: str) -> keras.Layer:
        return Conv2D(channels, config.network.kernel, activation=activation, padding="same")

    channels, activation = config.network.channels, config.network.activation
    encoder = [layer for c in channels for layer in (conv(c, activation), MaxPooling2D(padding="same"))]
    decoder = [layer for c in channels[::-1] for layer in (conv(c, activation), UpSampling2D())]
    return [*encoder, *decoder, conv(config.dataset.input_shape[0], "sigmoid")]
