"""Accuracy of classifiers on a run's codes with few labels: computed once in a separate process, stored with the run.

`python -m aecore.runs.computed.label_accuracies FOLDER` computes it and prints the progress as JSON lines.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from aecore.errors import InvalidInput
from aecore.evaluation.features.few_labels import Accuracy, classify, fits, missing_classes
from aecore.evaluation.features.representations import REPRESENTATIONS, represent
from aecore.runs.computed.computation import computation, computed_path, report, stored_paths
from aecore.runs.run import Run
from aecore.utils.files import replace_file
from aecore.utils.strict_json import read_json, to_json


def read_accuracies(run: Run, step: int | None) -> dict[str, list[Accuracy]] | None:
    """Read the stored accuracies by representation; None if there are none for this checkpoint, or damaged ones."""
    for path in stored_paths(run, _name(step)):
        with suppress(OSError, ValueError, KeyError, TypeError):
            stored = read_json(path.read_bytes())
            return {
                name: [Accuracy(**entry | {"values": tuple(map(float, entry["values"]))}) for entry in stored[name]]
                for name in REPRESENTATIONS
            }
    return None


def compute_accuracies(run: Run) -> None:
    """Classify the test examples by the latest checkpoint and store the accuracies, printing the progress.

    Raises:
        UnreadableRun, DataUnavailable, InvalidInput, ValueError, OSError: they cannot be computed or stored.
    """
    path = computed_path(run, _name(run.model_step()))  # before reading the model: training may go on
    model, config = run.model(), run.config()
    data = config.dataset.load()
    if problem := missing_classes(data):
        raise InvalidInput(problem)
    total = len(REPRESENTATIONS) * fits(data.training.labels)
    done, stored = 0, dict[str, list[dict[str, object]]]()
    report(run, done, total)
    for name, features in represent(model, config, data):
        stored[name] = []
        for accuracy in classify(features.training, data.training.labels, features.test, data.test.labels):
            stored[name].append(asdict(accuracy))
            done += 1
            report(run, done, total)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, to_json(stored).encode())
    for older in path.parent.glob("labels-*"):
        if older.name < path.name:
            older.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """Compute the accuracies of the run whose folder is the argument; the exit code."""
    (folder,) = arguments
    return computation(folder, compute_accuracies)


def _name(step: int | None) -> str:
    return f"features/labels-{step or 0:08d}.json"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
