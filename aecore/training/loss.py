"""The loss of a batch: reconstruction of the clean pictures, and whatever penalties the config names."""

from __future__ import annotations

import math
from contextlib import ExitStack

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from aecore.analysis.metrics import cross_entropy, squared_error
from aecore.config.run_config import RunConfig
from aecore.models.autoencoder import Autoencoder, Output
from aecore.training.device import low_precision


class Loss:
    """What a training makes smaller."""

    def __init__(self, config: RunConfig, model: Autoencoder, device: torch.device) -> None:
        self.config, self.model, self.device = config, model, device
        self.low_precision = low_precision(config, device)

    @property
    def needs_gradients(self) -> bool:
        """Whether even to compute the loss takes derivatives."""
        return self.config.penalty.differentiates

    def __call__(self, x: Tensor, generator: torch.Generator | None, epoch: float = math.inf) -> dict[str, Tensor]:
        """The loss and its parts, means over the batch per picture, and metrics beside them.

        Args:
            x: clean pictures (B, *input_shape).
            generator: source of noise and of stochastic codes; torch's own if None.
            epoch: how far the training is, for weights that grow; by default they are fully grown.
        """
        given = self.config.corruption.corrupt(x, generator)
        if self.config.network.convolutional:
            given = given.contiguous(memory_format=torch.channels_last)
        if self.needs_gradients:
            given = given.detach().requires_grad_()
        output, more = self._forward(given, generator)
        reconstruction = self._reconstruction(x, output.logits.float())
        penalties = output.penalties | more
        weights = self.config.bottleneck.weights(epoch) | self.config.penalty.weights()
        if self.config.training.l1:
            penalties["l1_weights"] = sum_of_sizes(self.model)
            weights["l1_weights"] = self.config.training.l1
        total = reconstruction + sum(weights[name] * value for name, value in penalties.items())
        parts = {"reconstruction": reconstruction, **penalties} if penalties else {}
        return {"loss": total, **parts, **output.metrics}

    def _forward(self, given: Tensor, generator: torch.Generator | None) -> tuple[Output, dict[str, Tensor]]:
        with ExitStack() as stack:
            stack.enter_context(torch.autocast(self.device.type, torch.bfloat16, enabled=self.low_precision))
            if self.needs_gradients:  # the fast kernels have no second derivative
                stack.enter_context(sdpa_kernel(SDPBackend.MATH))
                stack.enter_context(torch.backends.cudnn.flags(enabled=False))
            output: Output = self.model(given, sample=True, generator=generator)
            return output, self.config.penalty.measure(given, output.z, generator)

    def _reconstruction(self, x: Tensor, logits: Tensor) -> Tensor:
        if self.config.training.loss == "bce":
            return cross_entropy(x, logits).mean()
        return squared_error(x, self.model.output(logits)).mean()


def sum_of_sizes(model: Autoencoder) -> Tensor:
    """The sum of the absolute values of all weights of two or more dimensions, so no biases (Tibshirani 1996)."""
    return torch.stack([weight.abs().sum() for weight in model.parameters() if weight.dim() > 1]).sum()
