"""A trained model's latent space: its codes of test pictures, and what follows from them, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.latent.codes import EncodedSet, answers, choices, unused_dimensions
from aecore.latent.sliders import LatentSliders, latent_sliders, number_names
from aecore.models.autoencoder import Autoencoder


@dataclass(frozen=True)
class LatentSpace:
    """A model and the codes that it gives to test pictures; all of it belongs to one moment of a training."""

    config: RunConfig
    model: Autoencoder
    encoded: EncodedSet

    @cached_property
    def answers(self) -> Tensor:
        """The reconstructions (N, *input_shape) of the test pictures, as they are stored."""
        return answers(self.model, self.encoded)

    @cached_property
    def choices(self) -> Tensor | None:
        """The codebook entries (N, P) of the codes, place by place; None where there is no codebook."""
        return choices(self.model, self.encoded.codes)

    @cached_property
    def latent_sliders(self) -> LatentSliders:
        """What can be turned in a code."""
        return latent_sliders(self.config, self.model, self.encoded.codes, self.choices)

    @cached_property
    def unused(self) -> dict[int, float]:
        """The dimensions of a variational code that tell nothing of a picture, with their KL in nats."""
        return unused_dimensions(self.model, self.encoded.images)

    @cached_property
    def reach(self) -> float:
        """How far from 0 the numbers of the codes go at most."""
        return float(self.encoded.codes.abs().max())

    @property
    def names(self) -> tuple[str, ...]:
        """Of the numbers of a code as one row."""
        return number_names(self.model.latent_shape)
