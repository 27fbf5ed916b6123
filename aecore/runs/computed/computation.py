"""What takes long to compute from a run: computed once, in a separate process, and stored with the run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch

from aecore.errors import AecoreError, UnreadableRun
from aecore.runs.run import Run
from aecore.utils.files import disk_error_message
from aecore.utils.process import lower_priority
from aecore.utils.settings import settings
from aecore.utils.strict_json import to_json


def computed_path(run: Run, name: str) -> Path:
    """Return where a file "folder/name" is written: in the run folder, or for a read-only run in the cache."""
    folder, file = name.split("/")
    return settings().cache / folder / run.id / file if run.read_only else run.folder / name


def stored_paths(run: Run, name: str) -> tuple[Path, Path]:
    """Return where a file "folder/name" may be: a starter model comes with some, and others are in the cache."""
    return run.folder / name, computed_path(run, name)


def report(run: Run, done: int, total: int) -> None:
    """Print the progress as a line of JSON. Raises UnreadableRun if the run was deleted meanwhile."""
    if not run.folder.is_dir():
        raise UnreadableRun("The run was deleted during the computation.")
    print(to_json({"done": done, "total": total}), flush=True)


def computation(folder: str, compute: Callable[[Run], None]) -> int:
    """Call `compute` with the run in a folder, and print why it failed; the exit code of the process."""
    lower_priority()
    torch.set_num_threads(settings().threads)
    try:
        # Runs outside the store are read-only.
        compute(Run(Path(folder), read_only=Path(folder).parent != settings().runs))
    except (AecoreError, ValueError) as error:
        print(f"aecore: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"aecore: {disk_error_message(settings().home, error)}", file=sys.stderr)
        return 1
    return 0
