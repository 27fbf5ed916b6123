"""What every view of a latent space looks at."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from aecore.analysis.projection import Projected
from aecore.autoencoder import Autoencoder
from aecore.config import RunConfig
from aecore.exploring import Explored
from aecore.latent_space import LatentSpace
from aecore.runs.run import Run
from pages.parts import lab, map_choice
from pages.parts.map_choice import MapChoice

Key = tuple[str, int | None, int]  # run, step of its model, number of codes


@dataclass(frozen=True)
class Scene:
    """A run's codes on a map, and the point that is pinned; all of one moment, also while the run trains on."""

    run: Run
    step: int | None  # of the model
    space: LatentSpace
    projected: Projected
    kind: str  # of the projection
    pin: int

    @property
    def key(self) -> Key:
        """What is worked out from these codes is kept by it."""
        return self.run.id, self.step, len(self.codes)

    @property
    def config(self) -> RunConfig:
        return self.space.config

    @property
    def model(self) -> Autoencoder:
        return self.space.model

    @property
    def explored(self) -> Explored:
        return self.space.explored

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
    def names(self) -> tuple[str, ...]:
        """Of the classes; empty where pictures have none."""
        return self.config.dataset.class_names

    @property
    def discrete(self) -> bool:
        """Whether the code is a choice among entries, so that there is nothing between two codes."""
        return self.config.bottleneck.discrete


def scene_of(run: Run, choice: MapChoice, pin: int) -> Scene:
    """What is looked at. Each fragment finds it anew: a session keeps none of it, and a run may have trained on."""
    if choice.step != run.model_step():
        st.rerun()  # the whole page, with the codes as they are now
    space = lab.latent_space(run, choice.step)
    projected, kind = map_choice.projected(run, space, choice)
    return Scene(run, choice.step, space, projected, kind, min(pin, len(space.explored) - 1))
