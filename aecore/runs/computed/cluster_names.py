"""The names that a visitor gave to clusters of codes, stored with the run."""

from __future__ import annotations

from contextlib import suppress

from aecore.runs.run import Run
from aecore.utils.files import replace_file
from aecore.utils.locks import file_lock
from aecore.utils.strict_json import read_json, to_json

MAX_NAME_LENGTH = 30
SECONDS_TO_LOCK = 10
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


def named(names: Names, clustering: str, cluster: int, name: str) -> Names:
    """The names with another one for a cluster of a clustering such as "k-means-10"; an empty name takes it away."""
    given = {**names.get(clustering, {}), cluster: name}
    return names | {clustering: {i: name for i, name in given.items() if name}}


def store_name(run: Run, step: int | None, clustering: str, cluster: int, name: str) -> None:
    """Store a name as `named` changes it, in place of those of older checkpoints.

    Raises:
        OSError: the file cannot be written, or the run was deleted.
    """
    path = run.folder / _FILE
    path.parent.mkdir(exist_ok=True)
    with file_lock(path.with_name(".cluster-names"), SECONDS_TO_LOCK):
        names = named(read_names(run, step), clustering, cluster, name)
        replace_file(path, to_json({"step": step, "names": names}).encode())
