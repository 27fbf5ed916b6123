"""The latent space of a trained model: codes of the test images and everything derived from them, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.latent import codes, sliders
from aecore.latent.codes import EncodedSet
from aecore.latent.sliders import LatentSliders
from aecore.models.autoencoder import Autoencoder


@dataclass(frozen=True)
class LatentSpace:
    """A model at one step of its training, with the codes of the test images."""

    config: RunConfig
    model: Autoencoder
    encoded: EncodedSet

    @cached_property
    def reconstructions(self) -> Tensor:
        """Reconstructions (N, *input_shape) of the test images, images as uint8."""
        return codes.reconstructions(self.model, self.encoded)

    @cached_property
    def codebook_indices(self) -> Tensor | None:
        """Codebook indices (N, P), one per position; None without a codebook."""
        return codes.codebook_indices(self.model, self.encoded.codes)

    @cached_property
    def latent_sliders(self) -> LatentSliders:
        """The sliders that change a code."""
        return sliders.latent_sliders(self.config, self.model, self.encoded.codes, self.codebook_indices)

    @cached_property
    def collapsed_dimensions(self) -> dict[int, float]:
        """KL divergence in nats of the collapsed dimensions of a variational code."""
        return codes.collapsed_dimensions(self.model, self.encoded.images)

    @cached_property
    def max_abs(self) -> float:
        """Largest absolute value in the codes."""
        return float(self.encoded.codes.abs().max())

    @property
    def dimension_names(self) -> tuple[str, ...]:
        """Names (D,) of the latent dimensions."""
        return sliders.dimension_names(self.model.latent_shape)
