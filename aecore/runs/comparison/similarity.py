"""The SSIM of runs and of PCA on their test images: computed once in a separate process and stored with each run.

`python -m aecore.runs.comparison.similarity FOLDER ...` computes them and prints its progress as JSON lines.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from aecore.errors import AecoreError
from aecore.evaluation.similarity import has_ssim, mean_ssim
from aecore.runs.execute import cached_pca
from aecore.runs.files.schemas import SimilarityContent, validated
from aecore.runs.run import Run
from aecore.utils.files import disk_error_message, replace_file
from aecore.utils.process import lower_priority
from aecore.utils.settings import settings
from aecore.utils.strict_json import read_json, to_json

FILE = "similarity.json"
TOTAL = 1000  # the progress reported at completion


def read_similarity(run: Run) -> dict[str, Any] | None:
    """Read the SSIM of a run's last checkpoint and of PCA; None if it is not stored.

    Returns:
        `model` and `pca`, each the mean over the test images, with the `step` and PCA's `components`.
    """
    for path in (run.folder / FILE, _path(run)):
        with suppress(OSError, ValueError):
            stored = validated(SimilarityContent, read_json(path.read_bytes()))
            if stored["step"] == run.model_step():
                return stored
    return None


def lacks_similarity(run: Run) -> bool:
    """Return whether the SSIM of a run's model can be computed and is not stored."""
    return has_ssim(run.config().dataset.input_shape) and run.model_step() is not None and not read_similarity(run)


def write_similarity(run: Run, progress: Callable[[float], None] = lambda fraction: None) -> None:
    """Compute and store the SSIM of a run's last checkpoint and of PCA with as many components.

    With a corruption, the inputs are corrupted, and the reconstructions are compared with the clean images.

    Args:
        run: the run.
        progress: called with the fraction that is done.

    Raises:
        UnreadableRun, DataUnavailable, Diverged, OSError: it cannot be computed or stored.
    """
    config, step, model = run.config(), run.model_step(), run.model()
    data = config.dataset.load()
    pca = cached_pca(config.dataset, data, config.components)
    assert pca is not None  # nothing cancels it
    components, images = pca.clamp_components(config.components), data.test.images
    total = 2 * len(images)
    values = {
        "step": step,
        "components": components,
        "model": mean_ssim(model.reconstruct, images, config.corruption, lambda done: progress(done / total)),
        "pca": mean_ssim(
            lambda x: pca.reconstruct(x, components), images, config.corruption,
            lambda done: progress(0.5 + done / total),
        ),
    }  # fmt: skip
    path = _path(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, to_json(values, indent=2).encode())


def main(arguments: Sequence[str]) -> int:
    """Compute the SSIM of the runs in these folders; the exit code."""
    lower_priority()
    torch.set_num_threads(settings().threads)
    problems = []
    for i, folder in enumerate(arguments):
        # Runs outside the store are read-only.
        run = Run(Path(folder), read_only=Path(folder).parent != settings().runs)

        def report(fraction: float, done: int = i) -> None:
            share = (done + fraction) / len(arguments)
            print(to_json({"done": round(share * TOTAL), "total": TOTAL}), flush=True)

        try:
            if run.folder.is_dir() and lacks_similarity(run):  # not deleted or computed meanwhile
                write_similarity(run, report)
        except (AecoreError, ValueError) as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(disk_error_message(settings().home, error))
    if problems:
        print(f"aecore: {problems[-1]}", file=sys.stderr)
    return 1 if problems else 0


def _path(run: Run) -> Path:
    """Where the scores are written: in the run folder, or for a read-only run in the cache."""
    return settings().cache / "similarity" / f"{run.id}.json" if run.read_only else run.folder / FILE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
