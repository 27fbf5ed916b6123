"""The names that a visitor gave to clusters of codes, stored with the run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from aecore.runs.run import Run
from aecore.utils.files import replace_file
from aecore.utils.strict_json import read_json, to_json

MAX_NAME_LENGTH = 30
_FILE = "features/cluster-names.json"

Names = dict[str, dict[int, str]]  # by method and count, such as "k-means-10": the names of some clusters


def read_names(run: Run, step: int | None) -> Names:
    """Read the names of a checkpoint's clusters; empty if there are none."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        stored = read_json((run.folder / _FILE).read_bytes())
        if stored["step"] == step:
            return {
                str(key): {int(cluster): str(name)[:MAX_NAME_LENGTH] for cluster, name in names.items()}
                for key, names in stored["names"].items()
            }
    return {}


def write_names(run: Run, step: int | None, names: Mapping[str, Mapping[int, str]]) -> None:
    """Store all names, in place of those of older checkpoints. Raises OSError."""
    path = run.folder / _FILE
    path.parent.mkdir(exist_ok=True)
    replace_file(path, to_json({"step": step, "names": names}).encode())
