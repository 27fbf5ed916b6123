"""What every view of a latent space looks at."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from aecore.analysis.projection import Projected
from aecore.config.run_config import RunConfig
from aecore.latent.codes import EncodedSet
from aecore.latent.space import LatentSpace
from aecore.models.autoencoder import Autoencoder
from aecore.runs.run import Run
from pages.parts.latent import map_choice
from pages.parts.latent.map_choice import MapChoice
from pages.parts.shell import resources

_STEP = "latent-step"  # in the session: run, and the step of the model that is looked at
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
    def encoded(self) -> EncodedSet:
        return self.space.encoded

    @property
    def codes(self) -> Tensor:
        """(N, D)."""
        return self.encoded.codes

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


def step_looked_at(run: Run) -> int | None:
    """The step at which this visitor came to look at a run, however far it has trained since."""
    if st.session_state.get(_STEP, ("", None))[0] != run.id:
        st.session_state[_STEP] = run.id, run.model_step()
    step: int | None = st.session_state[_STEP][1]
    return step


def forget_step() -> None:
    """From now on, look at the newest."""
    st.session_state.pop(_STEP, None)


def space_of(run: Run, step: int | None) -> LatentSpace:
    """The codes of a run at a step; the whole page anew where the run has trained on and they are kept nowhere."""
    try:
        return resources.latent_space(run, step)
    except resources.ModelSuperseded:
        forget_step()
        st.rerun()


def scene_of(run: Run, choice: MapChoice, pin: int) -> Scene:
    """What is looked at. Each fragment finds it anew, as a session keeps none of it."""
    space = space_of(run, choice.step)
    projected, kind = map_choice.projected(run, space, choice)
    return Scene(run, choice.step, space, projected, kind, min(pin, len(space.encoded) - 1))
