"""NoPenalty: reconstruction loss only."""

from __future__ import annotations

from typing import Literal

from aecore.objectives.penalties.base import Penalty


class NoPenalty(Penalty):
    """No penalty: reconstruction loss only."""

    kind: Literal["none"] = "none"
    title = "None"
