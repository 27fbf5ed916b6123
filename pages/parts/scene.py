"""What every view of a latent space looks at."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from aecore.analysis.projection import Projected
from aecore.autoencoder import Autoencoder
from aecore.config import RunConfig
from aecore.exploring import Explored
from aecore.runs.run import Run
from pages.parts import lab


@dataclass(frozen=True)
class Scene:
    """A run's codes on a map, and the point that is pinned."""

    run: Run
    config: RunConfig
    explored: Explored
    projected: Projected
    kind: str  # of the projection
    pin: int

    @property
    def codes(self) -> Tensor:
        """(N, D)."""
        return self.explored.codes

    @property
    def code(self) -> Tensor:
        """The pinned one, (D,)."""
        return self.codes[self.pin]

    @property
    def flat(self) -> bool:
        """Whether the map has two axes."""
        return self.projected.points.shape[1] == 2

    @property
    def model(self) -> Autoencoder:
        return lab.model(self.run)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the classes; empty where pictures have none."""
        return self.config.dataset.class_names

    @property
    def discrete(self) -> bool:
        """Whether the code is a choice among entries, so that there is nothing between two codes."""
        return self.config.bottleneck.discrete

    @property
    def names_of_numbers(self) -> tuple[str, ...]:
        """Of the numbers of a code as one row."""
        return lab.dimension_names(self.run)
