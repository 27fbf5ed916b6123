from __future__ import annotations

import shutil

from aecore.config.run_config import RunConfig
from aecore.runs.run import Run
from aecore.runs.store import Store


class Maker:
    """Creates runs in any state."""

    def __init__(self, store: Store, config: RunConfig, trained: Run) -> None:
        self.store, self.config, self.trained = store, config, trained

    def new(self, **changes: object) -> Run:
        """A run before its first step."""
        run = self.store.create(self.config, "New")
        run.change_state(**changes)
        return run

    def old(self, **changes: object) -> Run:
        """A trained run."""
        run = Run(self.store.root / "20260101-000000-abcdef")
        shutil.copytree(self.trained.folder, run.folder)
        run.change_state(**changes)
        return run

    def damaged(self, *files: str, **changes: object) -> Run:
        """A trained run with some damaged files."""
        run = self.old(**changes)
        for file in files:
            (run.folder / file).write_bytes(b"\x00damaged")
        return run

    def rewritten(self, content: str, *files: str) -> Run:
        """A trained run with files of another content."""
        run = self.old()
        for file in files:
            (run.folder / file).write_text(content)
        return run

    def with_folders(self, *files: str) -> Run:
        """A trained run with folders in place of files."""
        run = self.without(*files)
        for file in files:
            (run.folder / file).mkdir()
        return run

    def without(self, *files: str, **changes: object) -> Run:
        """A trained run with some files missing."""
        run = self.old(**changes)
        for file in files:
            (run.folder / file).unlink()
        return run
