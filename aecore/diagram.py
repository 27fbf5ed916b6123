"""The model's diagram: its layers as boxes, read off the built model, so that every network has one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn

from aecore.autoencoder import Autoencoder
from aecore.config import RunConfig

Role = Literal["input", "encoder", "code", "decoder", "output"]

# Layers that get a box, by class; any other (activation, dropout, norm) belongs to the box before it.
_NAMES: dict[type[nn.Module], str] = {
    nn.Linear: "dense",
    nn.Conv2d: "conv",
    nn.ConvTranspose2d: "transposed conv",
    nn.MaxPool2d: "max-pool",
    nn.Upsample: "upsample",
}


@dataclass(frozen=True)
class Box:
    """One layer."""

    name: str
    shape: tuple[int, ...]  # of what it puts out for one picture
    parameters: int
    role: Role


@torch.no_grad()
def diagram(config: RunConfig) -> list[Box]:
    """The layers of a config's model in the order of computation; computed with shapes only, in a few milliseconds."""
    with torch.device("meta"):
        model = Autoencoder(config).eval()
        picture = torch.zeros(1, *model.image_shape)
    boxes = [Box("input", model.image_shape, 0, "input")]
    role: Role = "encoder"

    def note(module: nn.Module, _inputs: object, output: Tensor) -> None:
        weights = sum(w.numel() for w in module.parameters())
        if type(module) in _NAMES:
            boxes.append(Box(_NAMES[type(module)], tuple(output.shape[1:]), weights, role))
        elif weights:
            boxes[-1] = replace(boxes[-1], parameters=boxes[-1].parameters + weights)

    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(note)

    features = model.encoder(picture)
    before_code = len(boxes)
    z = model.bottleneck.encode(features, False, None).z
    # Whatever makes the code is one box, marked.
    parameters = sum(box.parameters for box in boxes[before_code:])
    boxes[before_code:] = [Box("code", tuple(z.shape[1:]), parameters, "code")]
    role = "decoder"
    model.decode_logits(z)
    boxes[-1] = replace(boxes[-1], name="output", shape=model.image_shape, role="output")
    return boxes
