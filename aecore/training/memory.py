"""The memory that a training needs, estimated from its settings."""

from __future__ import annotations

import math

from aecore.config.run_config import RunConfig
from aecore.models.summary import summarize

BYTES = 4  # of a number in single precision
COPIES_OF_WEIGHTS = 4  # weights, gradients, and two moments of the optimizer
COPIES_OF_OUTPUTS = 2  # for the gradient: each layer's output and its gradient


def training_size(config: RunConfig) -> tuple[int, int]:
    """Return the number of parameters, and the bytes for the weights, the optimizer and one batch."""
    layers = summarize(config.build_model("meta"))
    parameters = sum(layer.parameters for layer in layers)
    outputs = sum(math.prod(layer.shape) for layer in layers) * config.training.batch_size
    return parameters, BYTES * (COPIES_OF_WEIGHTS * parameters + COPIES_OF_OUTPUTS * outputs)
