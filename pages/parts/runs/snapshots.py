"""The snapshots of a run as the wall of the Compare page shows them: where they are on its axes, errors and images."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from aecore.errors import UnreadableRun
from aecore.images import Pixels, tile, to_pixels, to_png
from aecore.runs.comparison.images import mean_squared_errors
from aecore.runs.comparison.timeline import moments, thinned
from aecore.runs.run import Run
from aecore.utils.strict_json import to_json
from pages.parts.components import data_url

MAX_SNAPSHOTS = 60  # of each run


def read_snapshots(run: Run, steps: Sequence[int], indices: Sequence[int]) -> tuple[list[Pixels], list[dict[str, Any]]]:
    """Read the snapshots of these steps; damaged and removed ones are left out.

    Returns:
        The reconstructions of the examples with these indices, and for each snapshot its moment by axis and `errors`.

    Raises:
        UnreadableRun: the run has no examples, or its settings are damaged.
    """
    examples = run.examples()
    if examples is None:
        raise UnreadableRun(f"The run {run.id} has no images yet.")
    originals = examples.originals[list(indices)]
    pixels, read, errors_of = [], [], []
    for step in steps:
        with suppress(OSError, ValueError, KeyError, IndexError):
            reconstructions = run.snapshot(step).reconstructions[list(indices)]
            errors_of.append(mean_squared_errors(originals, reconstructions))
            pixels.append(to_pixels(reconstructions))
            read.append(step)
    located = moments(run.metrics(), read, run.config().dataset.training_images)
    return pixels, [
        {**vars(moment), "errors": [round(error, 5) for error in errors]}
        for moment, errors in zip(located, errors_of, strict=True)
    ]


def added_snapshots(run: Run, after: int) -> bytes:
    """The steps of all snapshots, and those after a step with their images, a row of one PNG each, as JSON.

    Raises:
        UnreadableRun: the run has no examples, or its settings are damaged.
    """
    steps, examples = run.snapshot_steps(), run.examples()
    added = thinned([step for step in steps if step > after], MAX_SNAPSHOTS)
    count = len(examples.originals) if examples else 0
    pixels, snapshots = read_snapshots(run, added, range(count))
    sheet = data_url(to_png(tile(np.concatenate(pixels), count))) if pixels else None
    return to_json({"steps": steps, "snapshots": snapshots, "sheet": sheet}).encode()
