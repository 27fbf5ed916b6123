"""Maps of a run's codes that take their time: computed once, in a process of their own, and kept with the run.

`python -m aecore.runs.projections FOLDER KIND AXES` computes one and tells how far it is, a JSON object a line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch

from aecore.analysis.projection import PROJECTIONS, Projected
from aecore.errors import AecoreError, UnreadableRun
from aecore.latent.codes import encode_dataset, map_dataset
from aecore.runs.run import Run
from aecore.runs.worker import be_nice
from aecore.utils.files import disk_error_message
from aecore.utils.settings import settings
from aecore.utils.tensors import read_tensors, write_tensors

TOTAL = 1000  # what is reported as the whole


def read_map(run: Run, step: int | None, kind: str, axes: int, count: int) -> Projected | None:
    """The kept map of so many codes, as of the checkpoint at a step; None where there is none."""
    with suppress(OSError, ValueError, KeyError):
        points = read_tensors(_path(run, step, kind, axes))[0]["points"]
        return Projected(points) if points.shape == (count, axes) else None
    return None


def make_map(run: Run, kind: str, axes: int) -> None:
    """Compute a map of the run as it is now and keep it instead of older ones, printing how far it is.

    Raises:
        UnreadableRun, DataUnavailable, MissingDependency, ValueError, OSError: it cannot be computed or kept.
    """
    path = _path(run, run.model_step(), kind, axes)  # a run in training goes on meanwhile
    encoded = encode_dataset(run.model(), map_dataset(run.config()).load())
    print(json.dumps({"done": 0, "total": TOTAL}), flush=True)
    out = sys.stdout  # the projection listens to standard output itself

    def tell(share: float) -> None:
        if not run.folder.is_dir():
            raise UnreadableRun("This run was deleted meanwhile.")
        print(json.dumps({"done": round(share * TOTAL), "total": TOTAL}), file=out, flush=True)

    projected = PROJECTIONS[kind].project(encoded.codes, axes, progress=tell)
    tell(1.0)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(path, {"points": projected.points}, {})
    for older in path.parent.glob(f"{kind}-{axes}-*"):
        if older.name < path.name:
            older.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """Compute the map that the arguments name; the exit code."""
    folder, kind, axes = arguments
    be_nice()
    torch.set_num_threads(settings().threads)
    try:
        # Written beside the run only if its folder is one of this home's.
        make_map(Run(Path(folder), read_only=Path(folder).parent != settings().runs), kind, int(axes))
    except (AecoreError, ValueError) as error:
        print(f"aecore: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"aecore: {disk_error_message(settings().home, error)}", file=sys.stderr)
        return 1
    return 0


def _path(run: Run, step: int | None, kind: str, axes: int) -> Path:
    """Beside the run; a run that came with the app is only read, so its maps lie in the cache."""
    folder = settings().cache / "maps" / run.id if run.read_only else run.folder / "maps"
    return folder / f"{kind}-{axes}-{step or 0:08d}.safetensors"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
