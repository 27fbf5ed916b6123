"""The loss of a batch: reconstruction of the clean images, plus the penalties from the config."""

from __future__ import annotations

import math
from contextlib import ExitStack

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from aecore.analysis.metrics import squared_error
from aecore.config.run_config import RunConfig
from aecore.models.autoencoder import Autoencoder, Output
from aecore.training.cross_entropy import mean_cross_entropy
from aecore.training.device import uses_bfloat16


class Loss:
    """The loss that training minimizes.

    Args:
        config: names the corruption, the reconstruction loss and the penalties.
        model: the model to evaluate, on `device`.
        device: where to compute.
    """

    def __init__(self, config: RunConfig, model: Autoencoder, device: torch.device) -> None:
        self.config, self.model, self.device = config, model, device
        self.bfloat16 = uses_bfloat16(config, device)

    @property
    def needs_gradients(self) -> bool:
        """Whether even evaluating the loss takes derivatives."""
        return self.config.penalty.differentiates

    def __call__(self, x: Tensor, generator: torch.Generator | None, epoch: float = math.inf) -> dict[str, Tensor]:
        """Return the loss, its terms and metrics: scalars per image, averaged over the batch.

        Args:
            x: clean inputs (B, *input_shape).
            generator: source of the corruption's noise and of stochastic codes; torch's global one if None.
            epoch: epochs done, for weights that warm up; by default they have their final values.

        Returns:
            "loss", in nats (BCE and likelihoods) or squared error (MSE); "reconstruction" and the unweighted penalties,
            if there are any; and metrics that are not part of the loss.
        """
        inputs = self.config.corruption.corrupt(x, generator)
        if self.config.network.convolutional:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        if self.needs_gradients:
            inputs = inputs.detach().requires_grad_()
        output, code_penalties = self._forward(inputs, generator)
        reconstruction = self._reconstruction_loss(x, output.logits.float())
        penalties = output.penalties | code_penalties
        weights = self.config.bottleneck.weights(epoch) | self.config.penalty.weights()
        if self.config.training.l1:
            penalties["l1_weights"] = l1_norm(self.model)
            weights["l1_weights"] = self.config.training.l1
        total = reconstruction + sum(weights[name] * value for name, value in penalties.items())
        terms = {"reconstruction": reconstruction, **penalties} if penalties else {}
        return {"loss": total, **terms, **output.metrics, **self._code_length(x, reconstruction, output)}

    def _forward(self, inputs: Tensor, generator: torch.Generator | None) -> tuple[Output, dict[str, Tensor]]:
        with ExitStack() as stack:
            bfloat16 = self.bfloat16 and self.model.training  # validation is exact
            stack.enter_context(torch.autocast(self.device.type, torch.bfloat16, enabled=bfloat16))
            if self.needs_gradients:  # the fast kernels have no second derivative
                stack.enter_context(sdpa_kernel(SDPBackend.MATH))
                stack.enter_context(torch.backends.cudnn.flags(enabled=False))
            output: Output = self.model(inputs, sample=True, generator=generator)
            return output, self.config.penalty.measure(inputs, output.z, generator)

    def _code_length(self, x: Tensor, reconstruction: Tensor, output: Output) -> dict[str, Tensor]:
        """Bits per pixel and channel of the exact images: the negative ELBO, which bits-back coding comes close to."""
        kl = output.metrics.get("kl_with_free", output.penalties.get("kl"))
        if self.model.likelihood is None or kl is None:
            return {}
        return {"bits_per_pixel": (reconstruction + kl).detach() / (math.log(2) * x[0].numel())}

    def _reconstruction_loss(self, x: Tensor, logits: Tensor) -> Tensor:
        if self.model.likelihood is not None:
            return self.model.likelihood.nats(x, logits).mean()
        if self.config.training.loss == "bce":
            return mean_cross_entropy(x, logits)
        return squared_error(x, self.model.output(logits)).mean()


def l1_norm(model: Autoencoder) -> Tensor:
    """Return the L1 norm of all parameters with two or more dimensions, so without biases (Tibshirani 1996)."""
    return torch.stack([weight.abs().sum() for weight in model.parameters() if weight.dim() > 1]).sum()
