"""Autoencoder: encoder, bottleneck and decoder, with one output type for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from aecore.data.inputs import Values, as_codes, as_examples
from aecore.data.pixels import to_float
from aecore.errors import InvalidInput
from aecore.models.bottlenecks import Bottleneck, BottleneckModule
from aecore.models.likelihoods import Likelihood
from aecore.models.networks import Network, Shape


@dataclass(frozen=True)
class Output:
    """The result of a forward pass."""

    logits: Tensor  # (B, *output_shape); `Autoencoder.output` converts them to pixels in [0, 1]
    z: Tensor  # (B, *latent_shape)
    penalties: dict[str, Tensor]  # unweighted scalars, mean over the batch, in nats or squared error per image
    metrics: dict[str, Tensor]  # scalars to report that are not part of the loss


class Autoencoder(nn.Module):
    """An encoder, a bottleneck and a decoder.

    Args:
        encoder: module (B, *input_shape) -> (B, *feature_shape).
        bottleneck: converts features to codes (B, *latent_shape) and back.
        decoder: module (B, *feature_shape) -> logits (B, *output_shape).
        input_shape: shape of one example, without the batch.
        latent_shape: shape of one code, without the batch.
        bounded: whether the outputs lie in [0, 1]: a sigmoid of the logits, or the mean of the likelihood.
        likelihood: distribution of pixel values that the logits parametrize; by default, there is one per output.
    """

    def __init__(
        self,
        encoder: nn.Module,
        bottleneck: BottleneckModule,
        decoder: nn.Module,
        input_shape: Shape,
        latent_shape: Shape,
        bounded: bool = True,
        likelihood: Likelihood | None = None,
    ) -> None:
        super().__init__()
        self.encoder, self.bottleneck, self.decoder = encoder, bottleneck, decoder
        self.input_shape, self.latent_shape, self.bounded = input_shape, latent_shape, bounded
        self.likelihood = likelihood

    @classmethod
    def of(
        cls,
        network: Network,
        bottleneck: Bottleneck,
        input_shape: Shape,
        bounded: bool = True,
        likelihood: type[Likelihood] | None = None,
    ) -> Self:
        """Build the model of a network option and a bottleneck option for examples of `input_shape`."""
        features = network.feature_shape(input_shape)
        encoder = network.encoder(input_shape)  # first: this order decides which random numbers each part gets
        module = bottleneck.build(features, network)
        decoder = network.decoder(output_shape(input_shape, likelihood))
        network.tie(encoder, decoder)
        latent_shape = bottleneck.latent_shape(features)
        distribution = likelihood() if likelihood else None
        model = cls(encoder, module, decoder, input_shape, latent_shape, bounded, distribution)
        if network.convolutional:
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # measured: twice the speed
        return model

    def forward(self, x: Tensor, sample: bool | None = None, generator: torch.Generator | None = None) -> Output:
        """Encode and decode.

        Args:
            x: inputs (B, *input_shape); images have pixels in [0, 1].
            sample: whether to sample a stochastic code or take its mean; by default, sample in training mode only.
            generator: source of that sample; torch's global one if None.

        Returns:
            The output. In `torch.export`, `torch.jit.trace` and what builds on them, such as `torch.onnx`, it is the
            tuple (logits, z): exported programs return tensors only. Give them an example of two or more inputs if the
            batch may have any size: PyTorch takes a size of 1 for a constant.

        Raises:
            InvalidInput: the model is exported or traced in training mode.
        """
        tracing = torch.jit.is_tracing()  # type: ignore[attr-defined,no-untyped-call]
        exporting = tracing or torch.compiler.is_exporting()
        if exporting and self.training:
            raise InvalidInput(
                "The model is in training mode, in which its output does not depend on the input alone: dropout and "
                "sampled codes are random, and batch norm and codebooks follow the batch. Call `model.eval()` before "
                "you export or trace it."
            )
        # A trace with gradients has other kernels than the one that PyTorch compares it with.
        with torch.set_grad_enabled(torch.is_grad_enabled() and not tracing):
            code = self.bottleneck.encode(self.encoder(x), self.training if sample is None else sample, generator)
            logits = self.decode_logits(code.z)
        if exporting:
            return logits, code.z  # type: ignore[return-value]  # not for callers in Python
        return Output(logits, code.z, code.penalties, code.metrics)

    def decode_logits(self, z: Tensor) -> Tensor:
        """Decode codes (B, *latent_shape) to logits (B, *output_shape)."""
        logits: Tensor = self.decoder(self.bottleneck.decode(z))
        return logits

    def output(self, logits: Tensor) -> Tensor:
        """Convert logits to pixels in [0, 1], or return them in float32 if the output is linear."""
        if self.likelihood is not None:
            return self.likelihood.mean(logits.float())
        return logits.float().sigmoid() if self.bounded else logits.float()

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Inside, the model is in evaluation mode and computes no gradients. The mode of each module is kept.

        The tensors computed inside are ordinary ones, unlike those of `torch.inference_mode`: others can train on them.
        """
        training = [module for module in self.modules() if module.training]
        for module in training:
            module.training = False
        try:
            with torch.no_grad():
                yield
        finally:
            for module in training:
                module.training = True

    def evaluate(self, function: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
        """Return `function(values)`, computed on the model's device and in its precision, on the device of `values`."""
        weight = next(self.parameters())
        dtype = weight.dtype if values.is_floating_point() else values.dtype
        with self.evaluating():
            return function(values.to(weight.device, dtype)).to(values.device)

    def encode(self, x: Values) -> Tensor:
        """Encode inputs (B, *input_shape) to codes (B, *latent_shape); a stochastic code is its mean.

        As in evaluation mode and without gradients, whatever the mode of the model; `forward` computes gradients.

        Args:
            x: an array or a tensor on any device; the codes are on the same one. Images are uint8, or floats in [0, 1].

        Raises:
            InvalidInput: the inputs have another shape or range, or are not finite.
        """
        return self.evaluate(self._encode, to_float(as_examples(x, self.input_shape)))

    def decode(self, z: Values) -> Tensor:
        """Decode codes (B, *latent_shape) to reconstructions (B, *input_shape); images have pixels in [0, 1].

        As in evaluation mode and without gradients, like `encode`; `decode_logits` computes gradients.

        Args:
            z: an array or a tensor on any device; the reconstructions are on the same one.

        Raises:
            InvalidInput: the codes have another shape, or are not finite.
        """
        return self.evaluate(self._decode, as_codes(z, self.latent_shape))

    def reconstruct(self, x: Values) -> Tensor:
        """Reconstruct inputs (B, *input_shape): encode and decode. See `encode` for what they may be."""
        return self.evaluate(lambda x: self._decode(self._encode(x)), to_float(as_examples(x, self.input_shape)))

    def _encode(self, x: Tensor) -> Tensor:
        return self.bottleneck.encode(self.encoder(x), False, None).z

    def _decode(self, z: Tensor) -> Tensor:
        return self.output(self.decode_logits(z))

    @property
    def is_bernoulli(self) -> bool:
        """Whether each logit is that of one pixel, taken for a probability."""
        return self.bounded and self.likelihood is None

    def parameter_count(self) -> int:
        """Return the number of trainable parameters."""
        return sum(parameter.numel() for parameter in self.parameters())


def output_shape(input_shape: Shape, likelihood: type[Likelihood] | None) -> Shape:
    """Return the shape of the logits of one example, which has more channels than the example under a likelihood."""
    return (input_shape[0] * likelihood.outputs, *input_shape[1:]) if likelihood else input_shape
