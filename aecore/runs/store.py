"""The store: run folders. A run folder is the single source of truth of its run; pages and the shell read it.

The folder `sweeps` beside the run folders has the plans of sweeps, see `aecore.runs.sweeps`. A run folder contains:

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
similarity.json         SSIM on the test images, of the model and of PCA, once the Compare page has asked for it
compression/            codecs of the weights, to which .aez files refer, once pictures were compressed
stop                    present while a stop is requested
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from aecore.config.run_config import RunConfig
from aecore.errors import RunNotFound
from aecore.runs.files.config_file import config_file
from aecore.runs.files.state import State, this_process
from aecore.runs.listing import ID, Entry, Listing
from aecore.runs.local_changes import local_changes
from aecore.runs.names import clean_name, free_name
from aecore.runs.run import Run
from aecore.utils.files import create_folder_atomically, remove_folder, replace_file
from aecore.utils.settings import settings


class Store:
    """A folder of run folders, and read-only folders of starter models."""

    def __init__(self, root: Path | None = None, read_only: tuple[Path, ...] = ()) -> None:
        self.root = root or settings().runs
        self.read_only = read_only
        self._listings: dict[Path, Listing] = {}

    def create(
        self,
        config: RunConfig,
        name: str = "",
        recipe: str | None = None,
        training: bool = False,
        owner: str | None = None,
        max_seconds: float | None = None,
        run_id: str | None = None,
        sweep: str | None = None,
    ) -> Run:
        """Create a run folder.

        Args:
            config: the settings.
            name: name of the run; default: the recipe or the network. A number is added to a name that
                another run of the owner or a starter model has.
            recipe: name of the recipe.
            training: whether the calling process trains the run; otherwise it is queued.
            owner: id of the visitor who creates it; default: the owner of the machine.
            max_seconds: longest training; default: no limit.
            run_id: id of the run; default: the time and a random number.
            sweep: id of the sweep that it is part of.

        Raises:
            OSError: the folder cannot be written, or there is a run with this id.
        """
        title = recipe or config.network.kind
        run_id = run_id or f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        now = time.time()
        name = self._free_name(clean_name(name) or title, owner)
        state = State(
            status="queued", name=name, recipe=recipe, owner=owner, sweep=sweep, max_seconds=max_seconds, created=now,
            queued=now,
        )  # fmt: skip
        if training:
            state = state.changed(status="training", **this_process())
        with create_folder_atomically(self.root / run_id) as folder:
            replace_file(folder / "config.json", config_file(config))
            replace_file(folder / "state.json", state.to_file())
        local_changes.add()
        return Run(self.root / run_id)

    def get(self, run_id: str) -> Run:
        """Return a run by its id.

        Raises:
            RunNotFound: there is no such run; ids that are not a plain folder name are rejected too.
        """
        if ID.fullmatch(run_id):
            for root in (self.root, *self.read_only):
                if (root / run_id / "state.json").is_file():
                    return Run(root / run_id, read_only=root != self.root)
        raise RunNotFound(f"There is no run “{run_id[:40]}” here. It may have been deleted.")

    def entries(self, max_age: float = 1.0) -> list[Entry]:
        """List all readable runs: those of the store, newest first, then the starter models by id.

        Args:
            max_age: seconds for which changes made by other processes may be missing.
        """
        for folder in (self.root, *self.read_only):
            self._listings.setdefault(folder, Listing(folder, read_only=folder != self.root))
        own, *starters = (self._listings[folder].entries(max_age) for folder in (self.root, *self.read_only))
        return [*own, *(entry for entries in starters for entry in sorted(entries, key=lambda entry: entry.run.id))]

    def runs(self) -> list[Run]:
        """List all readable runs, as they are now, in the order of `entries`."""
        return [entry.run for entry in self.entries(max_age=0.0)]

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
        local_changes.add()

    def _free_name(self, name: str, owner: str | None) -> str:
        """Return the name, with a number in parentheses if another run of the owner or a starter model has it."""
        taken = {entry.state.name for entry in self.entries() if entry.run.read_only or entry.state.owner == owner}
        return free_name(name, taken)
