"""Corruptions: what is done to an input before it is encoded, while the copy is still compared with the clean one.

Pictures are (B, C, H, W) in [0, 1], and stay there; anything else, like vectors (B, F), may hold any numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from aecore.data.pixels import batches
from aecore.errors import IncompatibleSettings
from aecore.options.registry import Option
from aecore.options.shapes import Shape, needs_pictures

Generator = torch.Generator | None


class Corruption(Option):
    """What is done to an input before it is encoded."""

    does_nothing: ClassVar[bool] = False
    strongest: ClassVar[float] = 1.0  # the greatest strength worth looking at
    needs_pictures: ClassVar[bool] = True

    def check(self, input_shape: Shape) -> None:
        """Raise `IncompatibleSettings`, with the reason, if inputs of this shape cannot be corrupted so."""
        if self.needs_pictures:
            needs_pictures(self.title, input_shape, "Gaussian or masking")

    def corrupt(self, x: Tensor, generator: Generator) -> Tensor:
        """A corrupted copy of x (B, *input_shape), as the config wants it."""
        raise NotImplementedError

    def apply(self, x: Tensor, strength: Tensor | float, generator: Generator) -> Tensor:
        """A corrupted copy of x (B, *input_shape).

        Args:
            x: inputs; not changed.
            strength: one for each input (B,), or one for all; 0 leaves an input as it is.
            generator: source of the randomness, on x's device; torch's own if None.
        """
        raise NotImplementedError


class NoCorruption(Corruption):
    """Nothing: the model is given the picture that it is to draw."""

    kind: Literal["none"] = "none"
    title = "None"
    does_nothing = True
    needs_pictures = False

    def corrupt(self, x: Tensor, generator: Generator) -> Tensor:
        return x

    def apply(self, x: Tensor, strength: Tensor | float, generator: Generator) -> Tensor:
        return x


class AdjustableCorruption(Corruption):
    """A corruption with a strength, or a range of them."""

    strength: float
    min_strength: float | None = Field(
        None,
        ge=0,
        title="Least strength",
        description="Each picture gets a strength between this and the strength, drawn evenly; empty means always the "
        "strength itself.",
        json_schema_extra={"step": 0.05, "empty": "the same"},
    )

    @model_validator(mode="after")
    def _least_comes_first(self) -> Self:
        if self.min_strength is not None and self.min_strength > self.strength:
            raise IncompatibleSettings(
                f"Least strength is {self.min_strength:g}; it must be {self.strength:g} or less, as the strength is.",
                "min_strength",
            )
        return self

    def corrupt(self, x: Tensor, generator: Generator) -> Tensor:
        least = self.strength if self.min_strength is None else self.min_strength
        evenly = torch.rand(len(x), generator=generator, device=x.device)  # (B,)
        return self.apply(x, least + (self.strength - least) * evenly, generator)


class Gaussian(AdjustableCorruption):
    """Normal noise is added to every number, as by a camera in the dark.

    Vincent et al., Stacked denoising autoencoders, JMLR 2010, section 3.3.
    """

    kind: Literal["gaussian"] = "gaussian"
    title = "Gaussian"
    needs_pictures = False
    strength: float = Field(
        0.3, ge=0, le=10, title="Strength", description="Standard deviation of the noise; white is 1.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: Generator) -> Tensor:
        noise = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
        noisy = x + _beside(x, strength) * noise
        return noisy.clamp(0, 1) if x.dim() == 4 else noisy


class SaltAndPepper(AdjustableCorruption):
    """Some pixels become black or white, as by dust on a film.

    Vincent et al., Stacked denoising autoencoders, JMLR 2010, section 3.3.
    """

    kind: Literal["salt-and-pepper"] = "salt-and-pepper"
    title = "Salt and pepper"
    strongest = 0.8
    strength: float = Field(
        0.2, ge=0, le=1, title="Strength", description="Share of the pixels that become black or white, half and half.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: Generator) -> Tensor:
        lot, share = _lots(x, generator), _beside(x, strength)
        salted = x.masked_fill(lot < share / 2, 1)
        return salted.masked_fill(lot >= 1 - share / 2, 0)  # from the other end: with more noise no grain turns over


class Masking(AdjustableCorruption):
    """Some pixels are missing: they are set to 0.

    Vincent et al., Stacked denoising autoencoders, JMLR 2010, section 3.3.
    """

    kind: Literal["masking"] = "masking"
    title = "Masking"
    strongest = 0.8
    needs_pictures = False
    strength: float = Field(
        0.4, ge=0, le=1, title="Strength", description="Share of the pixels that are set to 0.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: Generator) -> Tensor:
        return x.masked_fill(_lots(x, generator) < _beside(x, strength), 0)


class Block(AdjustableCorruption):
    """A black square hides a part of the picture, somewhere else each time.

    Pathak et al., Context encoders: feature learning by inpainting, CVPR 2016, section 3.3; square as in DeVries and
    Taylor, Cutout, 2017.
    """

    kind: Literal["block"] = "block"
    title = "Block"
    strongest = 0.8
    strength: float = Field(
        0.4, ge=0, le=1, title="Strength", description="Side of the square, as a share of the picture's shorter side.",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: Generator) -> Tensor:
        height, width = x.shape[2:]
        side = (_beside(x, strength) * min(height, width)).round()  # (B, 1, 1, 1)
        place = torch.rand(2, *side.shape, generator=generator, device=x.device)
        top, left = (place[0] * (height - side + 1)).floor(), (place[1] * (width - side + 1)).floor()
        rows, columns = torch.arange(height, device=x.device)[:, None], torch.arange(width, device=x.device)
        hidden = (rows >= top) & (rows < top + side) & (columns >= left) & (columns < left + side)  # (B, 1, H, W)
        return x.masked_fill(hidden, 0)


class Blur(AdjustableCorruption):
    """Each pixel is mixed with its neighbors, as by a lens out of focus.

    Gaussian weights exp(-d^2 / (2 strength^2)) of the distance d, as in Gonzalez and Woods, Digital image processing,
    section 3.5.
    """

    kind: Literal["blur"] = "blur"
    title = "Blur"
    strongest = 4.0
    strength: float = Field(
        1.5, ge=0, le=20, title="Strength", description="Standard deviation of the weights around a pixel, in pixels.",
        json_schema_extra={"main": True, "step": 0.25},
    )  # fmt: skip

    def apply(self, x: Tensor, strength: Tensor | float, generator: Generator) -> Tensor:
        rows, columns = (_mixing(size, _beside(x, strength)) for size in x.shape[2:])
        return (rows @ x @ columns.mT).clamp(0, 1)  # rounding may lead out of the range


def _beside(x: Tensor, strength: Tensor | float) -> Tensor:
    """Strengths with as many dimensions as x: (B, 1, ...)."""
    each = torch.as_tensor(strength, dtype=x.dtype, device=x.device).expand(len(x))
    return each.reshape(-1, *[1] * (x.dim() - 1))


def _lots(x: Tensor, generator: Generator) -> Tensor:
    """A number in [0, 1) for each pixel, for all its colors together: (B, 1, H, W); or for each number of a vector."""
    shape = (len(x), 1, *x.shape[2:]) if x.dim() == 4 else x.shape
    return torch.rand(shape, generator=generator, device=x.device, dtype=x.dtype)


def _mixing(size: int, deviation: Tensor) -> Tensor:
    """How much of each pixel of a line goes into each other, (B, 1, size, size), for deviations (B, 1, 1, 1).

    A matrix for each picture, because each has its own deviation; the weights are over the pixels that there are, so
    that the picture does not darken toward its edges.
    """
    at = torch.arange(size, device=deviation.device, dtype=deviation.dtype)
    distance = (at[:, None] - at) / deviation.clamp(min=1e-3)  # with less, no neighbor weighs anything
    return (-distance.square() / 2).softmax(dim=-1)


def corrupted(images: Tensor, corruption: Corruption) -> Iterator[tuple[Tensor, Tensor]]:
    """Clean batches, each with what a denoising model is given of it; the same noise each time."""
    generator = torch.Generator(images.device).manual_seed(0)
    for x in batches(images):
        yield x, corruption.corrupt(x, generator)
