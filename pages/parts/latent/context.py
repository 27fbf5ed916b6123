"""The context of every latent view: a run's latent space at one step, its map, and the selected point."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from aecore.analysis.projection import Projected
from aecore.latent.space import LatentSpace
from aecore.runs.run import Run
from pages.parts.latent.map_choice import MapChoice, project
from pages.parts.latent.map_colors import Groups, groups
from pages.parts.shell import resources, session

CodesKey = tuple[str, int | None, int]  # run id, step of its model, number of codes


@dataclass(frozen=True)
class LatentContext:
    """What a latent view shows; all of it belongs to one step, even while the run trains on."""

    run: Run
    step: int | None  # of the model
    space: LatentSpace
    projected: Projected  # the codes on the map
    projection: str  # kind of the projection
    selected: int  # index of the selected point
    groups: Groups  # the points by color

    @property
    def key(self) -> CodesKey:
        """The cache key of everything that is computed from these codes."""
        return self.run.id, self.step, len(self.space.encoded)

    @property
    def selected_code(self) -> Tensor:
        """The code (D,) of the selected point."""
        return self.space.encoded.codes[self.selected]

    @property
    def has_two_axes(self) -> bool:
        """Whether the map has two axes; otherwise it has three."""
        return self.projected.points.shape[1] == 2


def shown_step(run: Run) -> int | None:
    """The step of the model to show: the newest one when the visitor opened the run here."""
    run_id, step = session.LATENT_STEP.get()
    if run_id != run.id:
        step = run.model_step()
        session.LATENT_STEP.set((run.id, step))
    return step


def show_newest_step() -> None:
    """Show the newest model from the next rerun on."""
    session.LATENT_STEP.pop()


def load_space(run: Run, step: int | None) -> LatentSpace:
    """The latent space of a run at a step; reruns the page if the run has trained on and that step is not cached."""
    try:
        return resources.latent_space(run, step)
    except resources.ModelSuperseded:
        show_newest_step()
        st.rerun()


def load_context(run: Run, choice: MapChoice, selected: int) -> LatentContext:
    """The context of the views; each fragment loads it from the caches, because a session holds no tensors."""
    space = load_space(run, choice.step)
    projected, projection = project(run, space, choice)
    selected = min(selected, len(space.encoded) - 1)
    colored = groups(run, choice.step, choice.colors, space.encoded)
    return LatentContext(run, choice.step, space, projected, projection, selected, colored)
