"""The store: run folders. A run folder is the single truth of its run; pages and the shell read it.

config.json             the settings
state.json              where the run stands
metrics.jsonl           losses by step, appended; a line {"resumed": step} takes back what came after that step
examples.safetensors    the ten test pictures that snapshots reconstruct, labels of the pictures they encode
snapshots/*.safetensors reconstructions and codes at one step each
live.safetensors        the latest moment, for the screen; never needed afterwards
model.safetensors       the weights of the last checkpoint
resume.safetensors      weights and optimizer of the last checkpoint, to continue
baseline.json           PCA with as many components, on the validation pictures
scores.json             the reported numbers on the test pictures, for the model and for PCA
stop                    present while someone wants the run to stop
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
    """A folder of run folders, and folders of runs that come with the app and are only read."""

    def __init__(self, root: Path | None = None, read_only: tuple[Path, ...] = ()) -> None:
        self.root = root or settings().runs
        self.read_only = read_only

    def create(self, config: RunConfig, name: str = "", recipe: str | None = None, begun: bool = False) -> Run:
        """A new run folder; its run waits in line, or is `begun` by the calling process.

        Raises OSError when the disk refuses.
        """
        title = recipe or config.network.kind
        run_id = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        now = time.time()
        state = State(
            status="queued", name=self._free_name(name.strip() or title), recipe=recipe, created=now, queued=now
        )
        if begun:
            state = state.changed(status="training", **this_process())
        with create_folder_atomically(self.root / run_id) as folder:
            replace_file(folder / "config.json", config_file(config))
            replace_file(folder / "state.json", state.to_file())
        return Run(self.root / run_id)

    def get(self, run_id: str) -> Run:
        """A run by its id.

        Raises:
            RunNotFound: there is none; whatever the id, no other folder is touched.
        """
        if _ID.fullmatch(run_id):
            for root in (self.root, *self.read_only):
                if (root / run_id / "state.json").is_file():
                    return Run(root / run_id, read_only=root != self.root)
        raise RunNotFound(f"There is no run “{run_id[:40]}” here. It may have been deleted.")

    def runs(self) -> list[Run]:
        """All runs that can be read: people's own, newest first, then the ones that come with the app."""
        made: dict[Run, float] = {}  # an id tells only the second
        for run in map(Run, sorted(self._folders(self.root))):
            with suppress(UnreadableRun):
                run.config()
                made[run] = run.state().created
        given = [Run(f, read_only=True) for root in self.read_only for f in sorted(self._folders(root))]
        return [*sorted(made, key=made.__getitem__, reverse=True), *filter(Run.readable, given)]

    def delete(self, run: Run) -> None:
        """Remove a run's folder.

        Raises:
            PermissionError: the run came with the app, or is being trained.
        """
        if run.read_only:
            raise PermissionError(f"“{run.state().name}” comes with the app and stays.")
        if run.state().status == "training":
            raise PermissionError(f"“{run.state().name}” is training; stop it first.")
        remove_folder(run.folder)

    def _free_name(self, name: str) -> str:
        """The name itself, or with the next number behind it where a run is called so already."""
        taken = {run.state().name for run in self.runs()}
        numbered = (f"{name} {number}" for number in itertools.count(2))
        return name if name not in taken else next(n for n in numbered if n not in taken)

    @staticmethod
    def _folders(root: Path) -> list[Path]:
        try:
            return [f for f in root.iterdir() if _ID.fullmatch(f.name) and (f / "state.json").is_file()]
        except OSError:
            return []
