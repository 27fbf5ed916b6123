"""The store: run folders. A run folder is the single source of truth of its run; pages and the shell read it.

config.json             the settings
state.json              status, name, times and process
metrics.jsonl           losses by step, appended; a line {"resumed": step} invalidates the records after that step
examples.safetensors    the ten test images that snapshots reconstruct, labels of the images they encode
snapshots/*.safetensors reconstructions and codes at one step each
live.safetensors        the latest step, for the live view; not needed afterwards
model.safetensors       the weights of the last checkpoint
resume.safetensors      weights and optimizer of the last checkpoint, to resume from
baseline.json           PCA with the same number of components, on the validation images
scores.json             the reported scores on the test images, of the model and of PCA
stop                    present while a stop is requested
"""

from __future__ import annotations

import itertools
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

from aecore.config.run_config import RunConfig
from aecore.errors import RunNotFound, UnreadableRun
from aecore.runs.run import Run, config_file
from aecore.runs.state import State, this_process
from aecore.utils.files import create_folder_atomically, remove_folder, replace_file
from aecore.utils.settings import settings

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Store:
    """A folder of run folders, and read-only folders of starter models."""

    def __init__(self, root: Path | None = None, read_only: tuple[Path, ...] = ()) -> None:
        self.root = root or settings().runs
        self.read_only = read_only

    def create(
        self,
        config: RunConfig,
        name: str = "",
        recipe: str | None = None,
        training: bool = False,
        owner: str | None = None,
    ) -> Run:
        """Create a run folder.

        Args:
            config: the settings.
            name: name of the run; default: the recipe or the network. A number is added to a name in use.
            recipe: name of the recipe.
            training: whether the calling process trains the run; otherwise it is queued.
            owner: id of the visitor who creates it; default: the owner of the machine.

        Raises:
            OSError: the folder cannot be written.
        """
        title = recipe or config.network.kind
        run_id = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        now = time.time()
        name = self._free_name(name.strip() or title)
        state = State(status="queued", name=name, recipe=recipe, owner=owner, created=now, queued=now)
        if training:
            state = state.changed(status="training", **this_process())
        with create_folder_atomically(self.root / run_id) as folder:
            replace_file(folder / "config.json", config_file(config))
            replace_file(folder / "state.json", state.to_file())
        return Run(self.root / run_id)

    def get(self, run_id: str) -> Run:
        """Return a run by its id.

        Raises:
            RunNotFound: there is no such run; ids that are not a plain folder name are rejected too.
        """
        if _ID.fullmatch(run_id):
            for root in (self.root, *self.read_only):
                if (root / run_id / "state.json").is_file():
                    return Run(root / run_id, read_only=root != self.root)
        raise RunNotFound(f"There is no run “{run_id[:40]}” here. It may have been deleted.")

    def runs(self) -> list[Run]:
        """List all readable runs: those of the store, newest first, then the starter models."""
        created: dict[Run, float] = {}  # the id has a resolution of a second only
        for run in map(Run, sorted(self._folders(self.root))):
            with suppress(UnreadableRun):
                run.config()
                created[run] = run.state().created
        starters = [Run(f, read_only=True) for root in self.read_only for f in sorted(self._folders(root))]
        return [*sorted(created, key=created.__getitem__, reverse=True), *filter(Run.readable, starters)]

    def delete(self, run: Run) -> None:
        """Delete a run folder.

        Raises:
            PermissionError: the run is a starter model or is training.
        """
        if run.read_only:
            raise PermissionError(f"“{run.state().name}” comes with the app and cannot be deleted.")
        if run.state().status == "training":
            raise PermissionError(f"“{run.state().name}” is training; stop it first.")
        remove_folder(run.folder)

    def _free_name(self, name: str) -> str:
        """Return the name, with a number appended if another run has it."""
        taken = {run.state().name for run in self.runs()}
        numbered = (f"{name} {number}" for number in itertools.count(2))
        return name if name not in taken else next(n for n in numbered if n not in taken)

    @staticmethod
    def _folders(root: Path) -> list[Path]:
        try:
            return [f for f in root.iterdir() if _ID.fullmatch(f.name) and (f / "state.json").is_file()]
        except OSError:
            return []
