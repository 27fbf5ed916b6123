"""Scores of the held-out pictures of a run on a user's own pictures: computed once, and stored with the run.

`python -m aecore.runs.computed.picture_scores FOLDER` computes them and prints the progress as JSON lines.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from aecore.analysis.pca import PCA, fit_leading
from aecore.data.own import OwnImages
from aecore.errors import InvalidInput
from aecore.evaluation.anomaly.pictures import picture_map, picture_score
from aecore.evaluation.anomaly.scores import Reconstruct
from aecore.runs.computed.computation import computation, computed_path, report
from aecore.runs.run import Run
from aecore.utils.tensors import check_finite, read_tensors, write_tensors

MODEL, PCA_NAME = "model", "pca"
_MAX_FITTED = 6000  # images, for PCA


@dataclass(frozen=True)
class HeldOutScores:
    """The scores of the held-out pictures (n,), and the baseline that was fitted to the training images."""

    model: Tensor
    pca_scores: Tensor
    pca: PCA

    def pca_reconstruct(self, images: Tensor) -> Tensor:
        """Reconstruct images by PCA with as many components as the code has dimensions."""
        return self.pca.reconstruct(images, len(self.pca.components))


def read_scores(run: Run, step: int | None) -> HeldOutScores | None:
    """Read the stored scores; None if there are none for this checkpoint, or if they are damaged."""
    with suppress(OSError, ValueError, KeyError):
        # Copies: pages keep them, and they must not depend on the file, which is mapped into memory.
        t = {name: tensor.clone() for name, tensor in check_finite(read_tensors(_path(run, step))[0]).items()}
        found = HeldOutScores(t[MODEL], t[PCA_NAME], PCA(t["mean"], t["components"]))
        values = found.pca.mean.numel()
        if found.model.shape == found.pca_scores.shape and found.pca.components.shape[1:] == (values,):
            return found if found.model.numel() else None
    return None


def compute_scores(run: Run) -> None:
    """Score the held-out pictures with the latest checkpoint and by PCA, and store the scores.

    Raises:
        UnreadableRun, DataUnavailable, InvalidInput, ValueError, OSError: they cannot be computed or stored.
    """
    path = _path(run, run.model_step())  # before reading the model: training may go on
    model, config = run.model(), run.config()
    if not isinstance(config.dataset, OwnImages):
        raise InvalidInput("This run was not trained on a collection of pictures.")
    pictures = config.dataset.held_out_pictures()
    report(run, 0, 2 * len(pictures))
    pca = fit_leading(config.dataset.load().training.images[:_MAX_FITTED], config.latent_size)
    assert pca is not None  # nothing cancels it
    pca = PCA(pca.mean, pca.components[: config.latent_size].clone())
    methods: dict[str, Reconstruct] = {
        MODEL: model.reconstruct,
        PCA_NAME: partial(pca.reconstruct, components=len(pca.components)),
    }
    tensors = {"mean": pca.mean, "components": pca.components}
    for i, (name, reconstruct) in enumerate(methods.items()):
        scores = []
        for picture in pictures:
            scores.append(picture_score(picture_map(reconstruct, picture)))
            report(run, i * len(pictures) + len(scores), 2 * len(pictures))
        tensors[name] = torch.tensor(scores)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(path, check_finite(tensors), {})
    for older in path.parent.glob("pictures-*"):
        if older.name < path.name:
            older.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """Compute the scores of the run whose folder is the argument; the exit code."""
    (folder,) = arguments
    return computation(folder, compute_scores)


def _path(run: Run, step: int | None) -> Path:
    return computed_path(run, f"anomaly/pictures-{step or 0:08d}.safetensors")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
