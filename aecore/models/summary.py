"""The layers of a model, read from the model itself: every network has a summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn

from aecore.models.autoencoder import Autoencoder
from aecore.models.networks.tied import TiedLinear

Role = Literal["input", "encoder", "code", "decoder", "output"]

# Layers with an entry of their own, by class. A network's own module gets one by defining `summary_name`. All other
# layers (activation, dropout, normalization) belong to the entry before them.
_NAMES: dict[type[nn.Module], str] = {
    nn.Linear: "dense",
    TiedLinear: "tied dense",
    nn.Conv2d: "conv",
    nn.ConvTranspose2d: "transposed conv",
    nn.MaxPool2d: "max-pool",
    nn.Upsample: "upsample",
    nn.TransformerEncoderLayer: "attention",
}


@dataclass(frozen=True)
class LayerSummary:
    """One layer of a model."""

    name: str
    shape: tuple[int, ...]  # of its output for one example
    parameters: int
    role: Role


def summarize(model: Autoencoder) -> list[LayerSummary]:
    """Return the layers of a model in the order of computation, from the input to the output.

    The model encodes and decodes one example of zeros. On the meta device (`config.build_model("meta")`) this needs
    neither memory nor arithmetic.
    """
    layers = [LayerSummary("input", model.input_shape, 0, "input")]
    role: Role = "encoder"

    def record(module: nn.Module, _inputs: object, output: Tensor) -> None:
        name = _name(module)
        parameters = sum(p.numel() for p in module.parameters(recurse=name is not None))
        if name:
            layers.append(LayerSummary(name, tuple(output.shape[1:]), parameters, role))
        elif parameters:
            layers[-1] = replace(layers[-1], parameters=layers[-1].parameters + parameters)

    hooks = [module.register_forward_hook(record) for module in _summarized(model)]
    try:
        with model.evaluating():
            features = model.encoder(torch.zeros(1, *model.input_shape, device=next(model.parameters()).device))
            encoder_layers = len(layers)
            z = model.bottleneck.encode(features, False, None).z
            # All layers that compute the code form one entry.
            parameters = sum(layer.parameters for layer in layers[encoder_layers:])
            layers[encoder_layers:] = [LayerSummary("code", tuple(z.shape[1:]), parameters, "code")]
            role = "decoder"
            model.decode_logits(z)
    finally:
        for hook in hooks:
            hook.remove()
    layers[-1] = replace(layers[-1], name="output", shape=model.input_shape, role="output")
    return layers


def _name(module: nn.Module) -> str | None:
    return getattr(module, "summary_name", None) or _NAMES.get(type(module))


def _summarized(module: nn.Module) -> Iterator[nn.Module]:
    """Yield a module and all modules in it, except those inside a layer with an entry of its own."""
    yield module
    if _name(module) is None:
        for child in module.children():
            yield from _summarized(child)
