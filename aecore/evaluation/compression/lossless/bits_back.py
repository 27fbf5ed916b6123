"""Bits-back coding: a latent variable model compresses images without loss, at the rate of its ELBO.

Townsend, Bird and Barber, Practical lossless compression with latent variables using bits back coding, ICLR 2019
(BB-ANS), algorithm 1. The code is a stack of bits. To add an image x: take a code z from the stack, as if it had been
coded under q(z | x); add x under p(x | z); add z under p(z). The expected growth is the negative ELBO,
E_q[log q(z | x) - log p(x | z) - log p(z)]. The same steps backwards decode the image and restore the stack.

Here codes are put on a stack of their own. On the paper's one stack, the next code would be taken from the bits of the
code just added, so that it depends on it instead of being a sample of q: at worst, the same bits go to and fro.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import TypeAlias

import constriction
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aecore.data.inputs import as_examples, require_some
from aecore.data.pixels import to_float
from aecore.errors import InvalidInput
from aecore.evaluation.compression.lossless.one_thread import one_thread
from aecore.models.autoencoder import Autoencoder
from aecore.models.likelihoods.base import LEVELS

#: Images whose codes are taken from the stack together. Networks are computed in batches of exactly this size.
GROUP = 16
#: Codes are multiples of 1 / RESOLUTION in [-RANGE, RANGE]. Finer ones do not shorten the code: on MNIST, the narrowest
#: posteriors have a standard deviation of 0.11. Every possible value gets a probability of 2^-24 or more, so that with
#: many of them, some codes are far from the posterior: 256 instead of 32 made the file 0.1% larger.
RESOLUTION, RANGE = 32, 8
#: Parameters are rounded to multiples of 1 / GRID before use: an error in their last bits then has no effect.
GRID = 1024
#: Probabilities are rounded to multiples of 1 / UNITS, for the same reason.
UNITS = 2**20
_SEED = 0  # of the initial bits
_SPARE_BITS = 64  # of these, which no code takes: where they are missing, too many images are decoded
_MIN_DEVIATION = 0.25  # of a code, in units of its resolution

AnsCoder: TypeAlias = constriction.stream.stack.AnsCoder
Words = NDArray[np.uint32]
Progress = Callable[[int, int], None]


class BitsBack:
    """A lossless code of 8-bit images.

    **What is guaranteed.** Decoding computes the networks again, and a difference in the last bit of an output can
    change every later image. The networks are computed in float64, in batches of one size, in one thread, and their
    outputs are rounded to a coarse grid: on one machine with the same versions of the packages, every process decodes
    exactly what another encoded. On other machines, whose float64 results differ in the last bits, a difference
    crosses a boundary of the grid with a probability of about 1e-10 per value; a checksum of the images, as in
    `aecore.evaluation.compression.lossless.file`, detects it.

    Args:
        model: with a likelihood of 8-bit values and a Gaussian code.

    Raises:
        InvalidInput: the model lacks one of these.
    """

    def __init__(self, model: Autoencoder) -> None:
        if model.likelihood is None:
            raise InvalidInput(
                "This model predicts no distribution of exact pixel values; train one with a likelihood as the loss, "
                "such as the recipe lossless (training.loss=histograms)."
            )
        self.model = copy.deepcopy(model).cpu().double().eval()
        self.likelihood = self.model.likelihood
        if not isinstance(self._features_of_zeros(), tuple):
            raise InvalidInput(
                "This model's code is no Gaussian, from which bits-back coding takes bits; train one with "
                "bottleneck.kind=variational, such as the recipe lossless."
            )
        limit = RANGE * RESOLUTION
        self._gaussian = constriction.stream.model.QuantizedGaussian(-limit, limit)
        self._categorical = constriction.stream.model.Categorical(perfect=False)

    def encode(self, images: Tensor, progress: Progress = lambda done, total: None) -> tuple[Words, int]:
        """Encode images.

        Args:
            images: uint8 (N, C, H, W).
            progress: called with the number of images done and N.

        Returns:
            The code, and the number of bits that were there before the first image: random ones, which are part of the
            code.
        """
        images = as_examples(images, self.model.input_shape)
        require_some(images)
        if images.dtype != torch.uint8:
            raise InvalidInput("Lossless compression is of 8-bit images; give them as uint8.")
        with one_thread(), self.model.evaluating():
            initial = self._initial_bits(images[:GROUP])
            pixels, codes = AnsCoder(initial), AnsCoder()
            for start in range(0, len(images), GROUP):
                self._push(pixels, codes, images[start : start + GROUP])
                progress(min(start + GROUP, len(images)), len(images))
        words = [np.array([codes.num_words()], np.uint32), codes.get_compressed(), pixels.get_compressed()]
        return np.concatenate(words), 32 * len(initial)

    def decode(self, code: Words, count: int, progress: Progress = lambda done, total: None) -> Tensor:
        """Decode `count` images: uint8 (count, C, H, W). Of the code of another model, they are noise.

        Raises:
            InvalidInput: no encoder writes this code, or it is of fewer images.
        """
        try:
            end = 1 + int(code[0])
            pixels, codes = AnsCoder(code[end:]), AnsCoder(code[1:end])
        except (ValueError, IndexError) as error:
            raise InvalidInput("This is no code of images.") from error
        groups = []
        with one_thread(), self.model.evaluating():
            for start in reversed(range(0, count, GROUP)):
                groups.append(self._pop(pixels, codes, min(GROUP, count - start)))
                progress(count - start, count)
        return torch.cat(groups[::-1])

    def _push(self, pixels: AnsCoder, codes: AnsCoder, images: Tensor) -> None:
        z = pixels.decode(self._gaussian, *self._posterior(images))
        values = images.flatten().numpy().astype(np.int32)
        pixels.encode_reverse(values, self._categorical, self._probabilities(z, len(images)))
        codes.encode_reverse(z, self._gaussian, *_prior(len(z)))

    def _pop(self, pixels: AnsCoder, codes: AnsCoder, count: int) -> Tensor:
        z = codes.decode(self._gaussian, *_prior(count * math.prod(self.model.latent_shape)))
        values = pixels.decode(self._categorical, self._probabilities(z, count))
        if pixels.num_valid_bits() < _SPARE_BITS / 2:
            raise InvalidInput("This code ends before its last image.")
        images = torch.from_numpy(values.astype(np.uint8)).reshape(count, *self.model.input_shape)
        pixels.encode_reverse(z, self._gaussian, *self._posterior(images))
        return images

    def _posterior(self, images: Tensor) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of the codes (N * latent,), in units of the resolution."""
        x = to_float(_padded(images)).double()
        posterior = self.model.bottleneck.posterior(self.model.encoder(x))
        assert posterior is not None
        mean, log_variance = (part[: len(images)].flatten().numpy() for part in posterior)
        deviation = np.exp(np.round(log_variance * GRID / 2) / GRID) * RESOLUTION
        mean = np.round(mean.clip(-RANGE, RANGE) * GRID) / GRID * RESOLUTION
        return mean, deviation.clip(_MIN_DEVIATION, RANGE * RESOLUTION)

    def _probabilities(self, z: NDArray[np.int32], count: int) -> NDArray[np.float64]:
        """Of each value of each pixel, given the codes of `count` images: (count * C * H * W, 256) whole numbers."""
        codes = torch.from_numpy(z).double().reshape(count, *self.model.latent_shape) / RESOLUTION
        logits = self.model.decode_logits(_padded(codes))[:count]
        assert self.likelihood is not None
        probabilities = self.likelihood.probabilities(logits.mul_(GRID).round_().div_(GRID))
        return probabilities.mul_(UNITS).round_().reshape(-1, LEVELS).numpy()

    def _initial_bits(self, images: Tensor) -> Words:
        """Random bits, of which the codes of the first images take about as many as their entropy."""
        _, deviation = self._posterior(images)
        entropy = np.log2(deviation * math.sqrt(2 * math.pi * math.e)).clip(min=0).sum()
        bits = entropy + 6 * math.sqrt(len(deviation)) + _SPARE_BITS  # six standard deviations more
        words: Words = np.random.default_rng(_SEED).integers(0, 2**32, math.ceil(bits / 32), dtype=np.uint32)
        words[-1] |= 1 << 31  # the stack ends at the last bit that is set
        return words

    def _features_of_zeros(self) -> tuple[Tensor, Tensor] | None:
        with self.model.evaluating():
            zeros = torch.zeros(1, *self.model.input_shape, dtype=torch.float64)
            return self.model.bottleneck.posterior(self.model.encoder(zeros))


def _prior(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The standard normal distribution of each code, in units of the resolution."""
    return np.zeros(count), np.full(count, float(RESOLUTION))


def _padded(batch: Tensor) -> Tensor:
    """A batch of exactly `GROUP`: products of other sizes may round differently."""
    return torch.cat([batch, batch.new_zeros(GROUP - len(batch), *batch.shape[1:])])
