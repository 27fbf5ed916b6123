"""Bits per pixel of the same images, under the model's ELBO and in general-purpose formats."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math
from collections.abc import Callable

import torch
from PIL import Image
from torch import Tensor

from aecore.data.pixels import batches
from aecore.evaluation.compression.lossless.bits_back import BitsBack
from aecore.images.tiles import Pixels, tile
from aecore.models.autoencoder import Autoencoder

_GENERAL: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 9),
    "bz2": lambda data: bz2.compress(data, 9),
    "lzma": lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
}


def elbo_bits(model: Autoencoder, images: Tensor, seed: int = 0) -> float:
    """Compute the negative ELBO of uint8 images (N, C, H, W) in bits per pixel, from one sampled code for each.

    Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014, eq. 3. A pixel of a color image counts once for each
    channel.

    Raises:
        InvalidInput: see `BitsBack`.
    """
    BitsBack(model)  # checks the model
    likelihood, generator = model.likelihood, torch.Generator().manual_seed(seed)
    assert likelihood is not None
    nats = 0.0
    with model.evaluating():
        for x in batches(images):
            features = model.encoder(x)
            divergence = model.bottleneck.divergence(features)
            assert divergence is not None
            z = model.bottleneck.encode(features, True, generator).z
            nats += float(likelihood.nats(x, model.decode_logits(z).float()).sum() + divergence.sum())
    return nats / (math.log(2) * images.numel())


def general_bits(images: Tensor) -> dict[str, float]:
    """Compress uint8 images (N, C, H, W) by other methods: bits per pixel and channel, by name.

    gzip, bz2 and lzma get the pixels of all images, one after the other, at their highest level. PNG gets one file for
    each image, and one file of all.
    """
    data = images.contiguous().numpy().tobytes()
    sizes = {name: len(compress(data)) for name, compress in _GENERAL.items()}
    pixels = images.permute(0, 2, 3, 1).numpy()
    sizes["PNG, a file each"] = sum(_png(image) for image in pixels)
    sizes["PNG, one file"] = _png(tile(pixels, columns=math.ceil(math.sqrt(len(pixels))), background=0))
    return {name: 8 * size / images.numel() for name, size in sizes.items()}


def _png(pixels: Pixels) -> int:
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(buffer, "PNG", optimize=True)
    return buffer.tell()
