"""What a latent view is: a record that says what it draws below the map, on it, and in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from pages.parts.latent.context import LatentContext

OWN_IMAGE = -1  # in place of a point's index: the visitor's own image


@dataclass(frozen=True)
class CodeMark:
    """Codes marked on the map: one point, or a path of several."""

    name: str
    codes: Tensor  # (M, D)
    ends: tuple[int, ...]  # indices of the points at the first and the last code, or OWN_IMAGE


def _no_marks(_: LatentContext) -> Sequence[CodeMark]:
    return ()


def _always(_: LatentContext) -> bool:
    return True


@dataclass(frozen=True)
class View:
    """A view of the latent space. To add one, write a module with such a record and list it in `VIEWS`."""

    title: str  # in the control that selects a view, and in the address
    draw: Callable[[LatentContext], None]  # below the map
    marks: Callable[[LatentContext], Sequence[CodeMark]] = _no_marks  # on the map
    replaces_map: Callable[[LatentContext], None] | None = None  # drawn in place of the map
    available: Callable[[LatentContext], bool] = _always  # whether it fits the run's code
