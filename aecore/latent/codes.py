"""Latent codes of a dataset and their reconstructions: codes as rows (N, D), images as uint8."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aecore.analysis.planes import Decode
from aecore.config.run_config import RunConfig
from aecore.data import Data, Dataset, default_dataset
from aecore.data.inputs import Values, as_codes, as_examples, require
from aecore.data.pixels import batches, to_stored
from aecore.errors import Diverged
from aecore.models.autoencoder import Autoencoder
from aecore.models.bottlenecks.variational import UNUSED_BELOW

MAX_POINTS = 10_000
BATCH_SIZE = 512


@dataclass(frozen=True)
class EncodedSet:
    """Images with their codes, labels, and the names of their classes, if they have any."""

    images: Tensor  # (N, C, H, W) uint8
    codes: Tensor  # (N, D)
    labels: Tensor  # (N,)
    class_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.codes)


def map_dataset(config: RunConfig) -> Dataset:
    """Return the dataset whose test images a latent map shows.

    This is the largest dataset on this machine with the same classes and shape, otherwise the run's own: none of the
    test images of full MNIST are in the training set of a run on a sample of MNIST.
    """
    largest = default_dataset()
    compatible = largest.class_names == config.dataset.class_names and largest.input_shape == config.dataset.input_shape
    # Test images of a smaller dataset may be training images of the run.
    larger = largest.capacity > config.dataset.capacity
    return largest if compatible and larger else config.dataset


def encode_dataset(model: Autoencoder, data: Data, max_images: int = MAX_POINTS) -> EncodedSet:
    """Encode the first test images; stochastic codes are replaced by their mean.

    Args:
        model: the model.
        data: its test split is encoded.
        max_images: maximum number of images.

    Raises:
        Diverged: a code is not finite.
    """
    require(data, Data, "data", "three splits, such as `config.dataset.load()`")
    images = data.test.images[:max_images]
    codes = torch.cat([model.encode(x).flatten(1) for x in batches(images)])
    if not bool(torch.isfinite(codes).all()):
        raise Diverged("The codes of this run are not finite: its training diverged. Try a lower learning rate.")
    return EncodedSet(images, codes, data.test.labels[:max_images], data.class_names)


def reconstructions(model: Autoencoder, encoded: EncodedSet) -> Tensor:
    """Decode the codes of an encoded set: (N, *input_shape), images as uint8."""
    return decoder(model)(encoded.codes)


def decoder(model: Autoencoder) -> Decode:
    """Return a function that decodes codes (N, D) to examples (N, *input_shape), images as uint8.

    With a codebook, each position of a code is quantized to the nearest entry first.
    """

    def decode(codes: Tensor) -> Tensor:
        codes = as_codes(codes, (math.prod(model.latent_shape),))
        return torch.cat([model.evaluate(decode_batch, batch) for batch in torch.split(codes, BATCH_SIZE)])

    def decode_batch(codes: Tensor) -> Tensor:
        z = codes.reshape(-1, *model.latent_shape)
        indices = model.bottleneck.quantize(z)
        outputs = model.output(
            model.decode_logits(z if indices is None else model.bottleneck.codes_from_indices(indices))
        )
        return to_stored(outputs, is_image=outputs.ndim == 4)

    return decode


def codebook_indices(model: Autoencoder, codes: Tensor) -> Tensor | None:
    """Quantize codes (N, D) to codebook indices (N, P), one per position; None without a codebook."""
    if not model.bottleneck.codebook_size:
        return None

    def quantize(codes: Tensor) -> Tensor:
        indices = model.bottleneck.quantize(codes.reshape(-1, *model.latent_shape))
        assert indices is not None
        return indices.flatten(1)

    codes = as_codes(codes, (math.prod(model.latent_shape),))
    # Each code is compared with every entry: without batches, many codes would take gigabytes.
    return torch.cat([model.evaluate(quantize, batch) for batch in torch.split(codes, BATCH_SIZE)])


def codes_from_indices(model: Autoencoder, indices: Tensor) -> Tensor:
    """Look up the codes (N, D) of codebook indices (N, P). Raises TypeError without a codebook."""
    grids = indices.reshape(-1, *model.latent_shape[1:])
    return model.evaluate(model.bottleneck.codes_from_indices, grids).flatten(1)


def dimensions_by_variance(codes: Tensor) -> Tensor:
    """Return the dimensions (D,) of codes (N, D), largest variance first."""
    return codes.std(dim=0, correction=0).argsort(descending=True)


def has_gaussian_prior(config: RunConfig) -> bool:
    """Return whether training matched the codes to N(0, I), so that samples of N(0, I) decode to images."""
    return config.bottleneck.gaussian_prior or config.penalty.gaussian_prior


def collapsed_dimensions(model: Autoencoder, images: Values) -> dict[int, float]:
    """Find the collapsed dimensions of a variational code.

    Args:
        model: the model.
        images: (N, *input_shape).

    Returns:
        Mean KL divergence in nats by dimension, for the dimensions close to the prior; empty for other bottlenecks.
    """

    def divergence(x: Tensor) -> Tensor:
        kl = model.bottleneck.divergence(model.encoder(x))
        return kl if kl is not None else x.new_empty(0)

    divergences = []
    for x in batches(as_examples(images, model.input_shape)):
        divergences.append(model.evaluate(divergence, x))
        if not divergences[-1].numel():
            return {}
    kl = torch.cat(divergences).mean(dim=0).cpu().tolist()
    return {i: value for i, value in enumerate(kl) if value < UNUSED_BELOW}


def channel_contributions(
    model: Autoencoder, codes: Tensor, selected: int, max_channels: int
) -> tuple[list[tuple[int, float]], Tensor, Tensor]:
    """Show what the channels of a feature map contribute to one reconstruction, largest variance first.

    Args:
        model: a model whose code is a feature map.
        codes: (N, D).
        selected: index of the code to show.
        max_channels: maximum number of channels.

    Returns:
        Index of each channel and its fraction of the total variance; the channels of the selected code, scaled from
        the channel's minimum to its maximum over all codes, (M, 1, H, W) uint8; and the brightness that each channel
        alone adds to the decoded mean code, (M, H, W) in [-1, 1].
    """
    maps = codes.reshape(len(codes), *model.latent_shape)  # (N, channels, H, W)
    variances = maps.var(dim=0, correction=0).sum(dim=(1, 2))
    order = variances.argsort(descending=True)[:max_channels]
    fractions = (variances / variances.sum().clamp(min=1e-12))[order]
    channels, mean = maps[selected][order], maps.mean(dim=0)
    low, high = (bounds[order][:, None, None] for bounds in (maps.amin(dim=(0, 2, 3)), maps.amax(dim=(0, 2, 3))))
    scaled = ((channels - low) / (high - low).clamp(min=1e-12) * 255).round().to(torch.uint8)[:, None]
    single = mean.repeat(len(order), 1, 1, 1)
    single[torch.arange(len(order)), order] = channels
    decode = decoder(model)
    added = (decode(single.flatten(1)).float() - decode(mean.flatten()[None])).mean(dim=1) / 255
    return list(zip(order.tolist(), fractions.tolist(), strict=True)), scaled, added
