"""Slow projections of a run's codes: computed once in a separate process and stored with the run.

`python -m aecore.runs.computed.projections FOLDER KIND AXES` computes one and prints its progress as JSON lines.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from aecore.analysis.projection import PROJECTIONS, Projected
from aecore.data import Dataset
from aecore.errors import UnreadableRun
from aecore.latent.codes import encode_dataset, map_dataset
from aecore.runs.computed.computation import computation, computed_path
from aecore.runs.run import Run
from aecore.utils.strict_json import to_json
from aecore.utils.tensors import read_tensors, write_tensors

TOTAL = 1000  # the progress reported at completion


def read_map(run: Run, step: int | None, kind: str, axes: int, count: int) -> Projected | None:
    """Read a stored map, or one that comes with a starter model; None if there is none for this checkpoint.

    Args:
        run: the run.
        step: step of the checkpoint.
        kind: kind of the projection.
        axes: number of axes.
        count: expected number of codes.
    """
    for path in (_path_in_run(run, step, kind, axes), _path(run, step, kind, axes)):
        with suppress(OSError, ValueError, KeyError):
            points = read_tensors(path)[0]["points"]
            if points.shape == (count, axes):
                return Projected(points)
    return None


def comes_with_map(run: Run, step: int | None, kind: str, axes: int) -> bool:
    """Return whether a run is a starter model that comes with this map."""
    return run.read_only and _path_in_run(run, step, kind, axes).is_file()


def map_dataset_of(run: Run) -> Dataset:
    """Return the dataset whose test images the maps of a run show.

    A starter model that comes with a map shows the images of that map, so that it is seen at once on every machine.
    """
    config = run.config()
    comes_with_maps = run.read_only and any((run.folder / "maps").glob("*.safetensors"))
    return config.dataset if comes_with_maps else map_dataset(config)


def compute_map(run: Run, kind: str, axes: int) -> None:
    """Compute a map of the latest checkpoint and store it in place of older ones, printing the progress.

    Raises:
        UnreadableRun, DataUnavailable, MissingDependency, ValueError, OSError: it cannot be computed or stored.
    """
    path = _path(run, run.model_step(), kind, axes)  # before reading the model: training may go on
    encoded = encode_dataset(run.model(), map_dataset_of(run).load())
    print(to_json({"done": 0, "total": TOTAL}), flush=True)
    out = sys.stdout  # projections redirect standard output to read their progress

    def report(fraction: float) -> None:
        if not run.folder.is_dir():
            raise UnreadableRun("The run was deleted while the map was computed.")
        print(to_json({"done": round(fraction * TOTAL), "total": TOTAL}), file=out, flush=True)

    projected = PROJECTIONS[kind].project(encoded.codes, axes, progress=report)
    report(1.0)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(path, {"points": projected.points}, {})
    for older in path.parent.glob(f"{kind}-{axes}-*"):
        if older.name < path.name:
            older.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """Compute the map named by the arguments; the exit code."""
    folder, kind, axes = arguments
    return computation(folder, lambda run: compute_map(run, kind, int(axes)))


def _path(run: Run, step: int | None, kind: str, axes: int) -> Path:
    """Where a map is written: in the run folder, or for a read-only run in the cache."""
    return computed_path(run, f"maps/{_path_in_run(run, step, kind, axes).name}")


def _path_in_run(run: Run, step: int | None, kind: str, axes: int) -> Path:
    return run.folder / "maps" / f"{kind}-{axes}-{step or 0:08d}.safetensors"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
