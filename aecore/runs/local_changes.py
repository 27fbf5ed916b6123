"""Changes that this process makes to settings and states of runs, so that a listing need not look for them."""

from __future__ import annotations


class LocalChanges:
    """Counts the changes."""

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        """Count a change."""
        self.count += 1


local_changes = LocalChanges()
