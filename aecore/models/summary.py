"""The model's diagram: its layers as boxes, read off the built model, so that every network has one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from aecore.models.autoencoder import Autoencoder
from aecore.models.networks.tied import TiedLinear

Role = Literal["input", "encoder", "code", "decoder", "output"]

# Layers that get a box, by class. A network's own layer that is to be one box says its name as `box_name`. Any other
# layer (activation, dropout, norm) belongs to the box before it.
_NAMES: dict[type[nn.Module], str] = {
    nn.Linear: "dense",
    TiedLinear: "tied dense",
    nn.Conv2d: "conv",
    nn.ConvTranspose2d: "transposed conv",
    nn.MaxPool2d: "max-pool",
    nn.Upsample: "upsample",
    nn.LSTM: "LSTM",
    nn.GRU: "GRU",
    nn.TransformerEncoderLayer: "attention",
}


@dataclass(frozen=True)
class Box:
    """One layer."""

    name: str
    shape: tuple[int, ...]  # of what it puts out for one picture
    parameters: int
    role: Role


@torch.no_grad()
def summarize(build: Callable[[], Autoencoder]) -> list[Box]:
    """The layers of the model that `build` makes, in the order of computation.

    The model is built on the meta device: shapes only, in a few milliseconds.
    """
    with torch.device("meta"):
        model = build().eval()
        picture = torch.zeros(1, *model.input_shape)
    boxes = [Box("input", model.input_shape, 0, "input")]
    role: Role = "encoder"

    def note(module: nn.Module, _inputs: object, output: Tensor | tuple[Tensor, object]) -> None:
        name = _name(module)
        weights = sum(w.numel() for w in module.parameters(recurse=name is not None))
        if name:
            out = output[0] if isinstance(output, tuple) else output  # recurrent layers add their last state
            boxes.append(Box(name, tuple(out.shape[1:]), weights, role))
        elif weights:
            boxes[-1] = replace(boxes[-1], parameters=boxes[-1].parameters + weights)

    for module in _noted(model):
        module.register_forward_hook(note)
        if isinstance(module, nn.RNNBase):
            module.forward = partial(_states, module)

    features = model.encoder(picture)
    before_code = len(boxes)
    z = model.bottleneck.encode(features, False, None).z
    # Whatever makes the code is one box, marked.
    parameters = sum(box.parameters for box in boxes[before_code:])
    boxes[before_code:] = [Box("code", tuple(z.shape[1:]), parameters, "code")]
    role = "decoder"
    model.decode_logits(z)
    boxes[-1] = replace(boxes[-1], name="output", shape=model.input_shape, role="output")
    return boxes


def _name(module: nn.Module) -> str | None:
    return getattr(module, "box_name", None) or _NAMES.get(type(module))


def _states(cell: nn.RNNBase, rows: Tensor) -> tuple[Tensor, None]:
    """What a recurrent layer puts out, as a shape; step by step it would take half a second."""
    return rows.new_empty(*rows.shape[:-1], cell.hidden_size), None


def _noted(module: nn.Module) -> Iterator[nn.Module]:
    """A module and all modules in it, except those within a box."""
    yield module
    if _name(module) is None:
        for child in module.children():
            yield from _noted(child)
