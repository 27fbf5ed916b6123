"""One sweep, its runs, and the folder of all sweeps."""

from __future__ import annotations

import json
import secrets
import time
from contextlib import suppress
from pathlib import Path

from filelock import BaseFileLock
from pydantic import ValidationError

from aecore.errors import SweepNotFound, UnreadableRun, UnreadableSweep
from aecore.options.error_messages import error_messages
from aecore.runs.listing import ID
from aecore.runs.names import clean_name, free_name
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.runs.sweeps.plan import Member, SweepPlan
from aecore.utils.file_cache import FileCache
from aecore.utils.files import create_folder_atomically, remove_folder, replace_file
from aecore.utils.locks import file_lock

FILE = "sweep.json"
MAX_CACHED_FILES = 64
SECONDS_TO_LOCK = 10.0


class Sweep:
    """A sweep. The object holds only paths, so it always shows the current files."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def exists(self) -> bool:
        """Whether it has not been deleted."""
        return (self.folder / FILE).exists()

    def plan(self) -> SweepPlan:
        """Read the plan. Raises UnreadableSweep."""
        try:
            return _plans.read(self.folder / FILE)
        except FileNotFoundError as error:
            raise UnreadableSweep(f"The sweep {self.id} was deleted.") from error
        except (OSError, ValueError, UnreadableRun) as error:
            raise UnreadableSweep(_reading_error(self.id, error)) from error

    def run(self, member: Member) -> Run | None:
        """Return the run of a member; None if it was not created yet, or was deleted."""
        run = Run(self.store.root / self.run_id(member))
        return run if (run.folder / "state.json").exists() else None

    def runs(self) -> list[Run]:
        """List all its run folders, also if its file is damaged or theirs are."""
        return [Run(folder) for folder in sorted(self.store.root.glob(f"{self.id}-*")) if folder.is_dir()]

    def create_run(self, member: Member, training: bool = False) -> Run:
        """Create the run of a member, while holding the sweep's lock. Raises as `Store.create`."""
        plan = self.plan()
        return self.store.create(
            member.config, plan.member_name(member), plan.recipe, training, plan.owner, plan.max_seconds,
            run_id=self.run_id(member), sweep=self.id,
        )  # fmt: skip

    def lock(self) -> BaseFileLock:
        """Return the lock under which runs are created and a stop is requested.

        Raises:
            UnreadableSweep: the sweep was deleted.
            filelock.Timeout: another process holds it for too long; when it is acquired.
        """
        if not self.folder.is_dir():  # a lock would recreate the folder
            raise UnreadableSweep(f"The sweep {self.id} was deleted.")
        return file_lock(self.folder / ".lock", SECONDS_TO_LOCK)

    @property
    def stop_requested(self) -> bool:
        """Whether the sweep was asked to stop: no process creates or starts another run of it."""
        return (self.folder / "stop").exists()

    def request_stop(self, requested: bool = True) -> None:
        """Ask all processes that work on the sweep to stop, or withdraw the request. Raises as `lock`."""
        with self.lock():
            if requested:
                (self.folder / "stop").touch()
            else:
                (self.folder / "stop").unlink(missing_ok=True)

    def run_id(self, member: Member) -> str:
        """Return the id that the run of a member has or will have."""
        return f"{self.id}-{member.number:03d}"


class SweepStore:
    """The sweeps of a store, in its folder `sweeps`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.root = store.root / "sweeps"

    def create(self, plan: SweepPlan) -> Sweep:
        """Store a plan; nothing is trained yet. A number is added to a name that another sweep of the owner has.

        Raises:
            OSError: the folder cannot be written.
        """
        taken = {other.name for other in self._plans().values() if other.owner == plan.owner}
        plan = plan.model_copy(update={"name": free_name(clean_name(plan.name) or plan.default_name, taken)})
        folder = self.root / f"sweep-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        with create_folder_atomically(folder) as temporary:
            replace_file(temporary / FILE, plan.to_file())
        return Sweep(folder, self.store)

    def get(self, sweep_id: str) -> Sweep:
        """Return a sweep by its id; its file may be damaged.

        Raises:
            SweepNotFound: there is no such sweep; ids that are not a plain folder name are rejected too.
        """
        sweep = Sweep(self.root / sweep_id, self.store)
        if ID.fullmatch(sweep_id) and sweep.exists:
            return sweep
        raise SweepNotFound(f"There is no sweep “{sweep_id[:40]}” here. It may have been deleted.")

    def sweeps(self) -> list[Sweep]:
        """List all readable sweeps, newest first."""
        plans = self._plans()
        return sorted(plans, key=lambda sweep: (plans[sweep].created, sweep.id), reverse=True)

    def _plans(self) -> dict[Sweep, SweepPlan]:
        found = {}
        for folder in self.root.glob("*"):
            sweep = Sweep(folder, self.store)
            with suppress(UnreadableSweep):
                if ID.fullmatch(folder.name):
                    found[sweep] = sweep.plan()
        return found

    def remove(self, sweep: Sweep) -> None:
        """Delete the folder of a sweep whose runs are deleted; see `aecore.workers.sweeps.delete_sweep`."""
        remove_folder(sweep.folder)


_plans = FileCache(SweepPlan.read, MAX_CACHED_FILES)


def _reading_error(sweep_id: str, error: Exception) -> str:
    reason = f"{FILE} is damaged."
    if isinstance(error, UnreadableRun):  # from a newer version, as is a part of it
        return str(error)
    if isinstance(error, ValidationError):
        reason = " ".join(error_messages(error, SweepPlan).values())
    elif isinstance(error, ValueError) and not isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        reason = f"{FILE} is damaged ({error})."
    return f"The sweep {sweep_id} cannot be read: {reason}"
