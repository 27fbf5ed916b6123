"""Schedules that several recipes share."""

from __future__ import annotations

from aecore.optim.schedules import OneCycle

#: With large rates after a short rise, fewer epochs than with a constant or a cosine rate give the same loss.
EARLY_PEAK = OneCycle(warmup_fraction=0.1)
