"""What is quantized and coded: a model's codes, its codebook indices, and principal components.

`codec = fit("codes", model, training_images).codec(4)` compresses to 4 bits per number:
`codec.decompress(codec.compress(images), len(images))`. To add a method, add a function that fits it and an entry in
`METHODS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aecore.analysis.pca import PCA, fit_leading
from aecore.data.pixels import batches
from aecore.errors import InvalidInput
from aecore.evaluation.compression.codec import Codec
from aecore.evaluation.compression.decoder_size import decoder_values
from aecore.evaluation.compression.priors import Prior, fit_prior, fit_shared_prior
from aecore.evaluation.compression.quantizers import Floats, Quantizer, Symbols, fit_step, fit_uniform
from aecore.models.autoencoder import Autoencoder
from aecore.models.bottlenecks.base import BottleneckModule

BITS = tuple(range(1, 9))  # per number
_BITS = "bits"  # what these settings are
MAX_FITTED = 10_000  # training images that quantizers, priors and PCA are fitted to

#: Settings of "pca-steps": each narrows the bins by the square root of 2. At setting 0, a bin is as wide as the
#: distance between a black and a white image.
STEPS = tuple(range(5, 14))


@dataclass(frozen=True)
class Fitted:
    """A method fitted to training images: one codec per setting."""

    method: str
    settings: tuple[int, ...]
    codec: Callable[[int], Codec]  # by setting
    decoder_bytes: int  # of the weights that decoding needs, in 32 bits, without quantizer and prior


@dataclass(frozen=True)
class Method:
    """A way to turn images into symbols."""

    name: str
    title: str
    explanation: str
    setting: str  # what a setting is
    fit: Callable[[Autoencoder, Tensor], Fitted]  # given training images, at most `MAX_FITTED`
    applies: Callable[[Autoencoder], bool] = lambda model: True


def applicable(model: Autoencoder) -> list[Method]:
    """Return the methods that this model has; the first is the model's own.

    Raises:
        InvalidInput: its examples are not images.
    """
    check_images(model)
    return [method for method in METHODS.values() if method.applies(model)]


def fit(name: str, model: Autoencoder, training: Tensor) -> Fitted:
    """Fit a method to training images (N, C, H, W), of which the first `MAX_FITTED` are used.

    Raises:
        InvalidInput: the examples are not images, or the model has no such method.
    """
    check_images(model)
    method = METHODS.get(name)
    if method is None or not method.applies(model):
        possible = ", ".join(method.name for method in applicable(model))
        raise InvalidInput(f"This model cannot compress by {name!r}; possible: {possible}.")
    return method.fit(model, training[:MAX_FITTED])


def model_method(model: Autoencoder) -> str:
    """Return the name of the method that compresses by the model itself: codes, or indices of its codebook."""
    return "indices" if model.bottleneck.codebook_size else "codes"


def restore(model: Autoencoder, stored: dict[str, Any]) -> Codec:
    """Combine a model with what `Codec.to_json` returned for it, on this or another machine.

    Raises:
        InvalidInput: the settings are damaged, or those of another method or size of code.
    """
    check_images(model)
    if not isinstance(stored, dict) or stored.get("method") != model_method(model):
        raise InvalidInput("The stored codec is damaged, or not one of this model.")
    prior, setting = Prior.from_json(stored.get("prior")), stored.get("setting")
    if not isinstance(setting, int) or isinstance(setting, bool):
        raise InvalidInput("The stored codec is damaged.")
    levels = [len(row) for row in prior.frequencies]
    if model_method(model) == "indices":
        if prior.dimensions != math.prod(model.latent_shape[1:]) or set(levels) != {model.bottleneck.codebook_size}:
            raise InvalidInput("The stored codec belongs to a model with another codebook.")
        return _indices_codec(model, prior)
    quantizer = Quantizer.from_json(stored.get("quantizer") or {})
    if prior.dimensions != math.prod(model.latent_shape) or levels != quantizer.levels.tolist():
        raise InvalidInput("The stored codec belongs to a model with another size of code.")
    return _codes_codec(model, setting, quantizer, prior)


def check_images(model: Autoencoder) -> None:
    """Raise InvalidInput if the model's examples are not images."""
    if len(model.input_shape) != 3:
        raise InvalidInput("This model takes vectors; compression is measured in bits per pixel and needs images.")


def _fit_codes(model: Autoencoder, training: Tensor) -> Fitted:
    codes = np.concatenate([_flat_codes(model, x) for x in batches(training)])

    def codec(bits: int) -> Codec:
        quantizer = fit_uniform(codes, bits)
        return _codes_codec(model, bits, quantizer, fit_prior(quantizer.quantize(codes), quantizer.levels))

    return Fitted("codes", BITS, codec, 4 * decoder_values(model))


def _codes_codec(model: Autoencoder, bits: int, quantizer: Quantizer, prior: Prior) -> Codec:
    def decode(symbols: Symbols) -> Tensor:
        return model.decode(torch.from_numpy(quantizer.dequantize(symbols)).reshape(-1, *model.latent_shape))

    def encode(images: Tensor) -> Symbols:
        return quantizer.quantize(_flat_codes(model, images))

    return Codec("codes", bits, model.input_shape, quantizer, prior, encode, decode)


def _flat_codes(model: Autoencoder, images: Tensor) -> Floats:
    codes: Floats = model.encode(images).flatten(1).float().cpu().numpy()
    return codes


def _fit_indices(model: Autoencoder, training: Tensor) -> Fitted:
    symbols = np.concatenate([_indices(model, x) for x in batches(training)])
    prior = fit_shared_prior(symbols, model.bottleneck.codebook_size)
    codec = _indices_codec(model, prior)
    return Fitted("indices", (codec.setting,), lambda setting: codec, 4 * decoder_values(model))


def _indices_codec(model: Autoencoder, prior: Prior) -> Codec:
    def decode(symbols: Symbols) -> Tensor:
        indices = torch.from_numpy(symbols.astype(np.int64)).reshape(-1, *model.latent_shape[1:])
        return model.decode(model.evaluate(model.bottleneck.codes_from_indices, indices))

    bits = math.ceil(math.log2(model.bottleneck.codebook_size))
    return Codec("indices", bits, model.input_shape, None, prior, lambda images: _indices(model, images), decode)


def _indices(model: Autoencoder, images: Tensor) -> Symbols:
    def quantize(z: Tensor) -> Tensor:
        indices = model.bottleneck.quantize(z)
        assert indices is not None  # the method applies to models with a codebook
        return indices.flatten(1)

    symbols: Symbols = model.evaluate(quantize, model.encode(images)).cpu().numpy().astype(np.int32)
    return symbols


def _fit_pca(model: Autoencoder, training: Tensor) -> Fitted:
    size = math.prod(model.latent_shape[1:] if model.bottleneck.codebook_size else model.latent_shape)
    return _fitted_pca("pca", model, training, size, fit_uniform, BITS)


def _fit_pca_steps(model: Autoencoder, training: Tensor) -> Fitted:
    pixels = math.prod(model.input_shape)

    def quantizer(codes: Floats, setting: int) -> Quantizer:
        return fit_step(codes, 2 ** (-setting / 2) * math.sqrt(pixels))

    return _fitted_pca("pca-steps", model, training, min(256, pixels), quantizer, STEPS)


def _fitted_pca(
    name: str,
    model: Autoencoder,
    training: Tensor,
    size: int,
    fit_quantizer: Callable[[Floats, int], Quantizer],
    settings: tuple[int, ...],
) -> Fitted:
    pca = fit_leading(training, size)
    assert pca is not None  # nothing cancels it
    pca = PCA(pca.mean, pca.components[:size])
    codes = np.concatenate([_project(pca, x) for x in batches(training)])

    def codec(setting: int) -> Codec:
        quantizer = fit_quantizer(codes, setting)
        prior = fit_prior(quantizer.quantize(codes), quantizer.levels)

        def decode(symbols: Symbols) -> Tensor:
            images = torch.from_numpy(quantizer.dequantize(symbols)) @ pca.components + pca.mean
            return images.reshape(-1, *model.input_shape)

        return Codec(
            name, setting, model.input_shape, quantizer, prior, lambda x: quantizer.quantize(_project(pca, x)), decode
        )

    return Fitted(name, settings, codec, 4 * (pca.mean.numel() + pca.components.numel()))


def _project(pca: PCA, images: Tensor) -> Floats:
    codes: Floats = pca.project(images, len(pca.components)).float().cpu().numpy()
    return codes


#: All methods by name; the first that applies is the model's own.
METHODS = {
    method.name: method
    for method in (
        Method(
            "codes",
            "Codes",
            "The model's code, each number quantized to the same number of bits; of a distribution, its mean.",
            _BITS,
            _fit_codes,
            lambda model: type(model.bottleneck).quantize is BottleneckModule.quantize,
        ),
        Method(
            "indices",
            "Codebook indices",
            "The model's code as indices of its codebook.",
            _BITS,
            _fit_indices,
            lambda model: model.bottleneck.codebook_size > 0,
        ),
        Method(
            "pca",
            "PCA",
            "As many principal components as the code has numbers, quantized likewise.",
            _BITS,
            _fit_pca,
        ),
        Method(
            "pca-steps",
            "PCA, as many as needed",
            "Up to 256 principal components in bins of one width; those that vary by less than a bin cost nothing.",
            "bin width",
            _fit_pca_steps,
        ),
    )
}
