"""aecore: autoencoders as network x bottleneck x (corruption, penalties), trained by one generator."""

import os

# OpenMP reads it when torch is loaded, so it stands first. Threads that spin while they wait for each other fight with
# any other busy process: measured on 2 cores, 4 steps/s beside one, 77 with a short spin, and no loss when alone.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

from aecore.config.run_config import RunConfig, Training
from aecore.data import Data, Split, default_dataset
from aecore.data.downloads import DataUnavailable
from aecore.evaluation.scores import score_model, score_pca
from aecore.models.autoencoder import Autoencoder, Output
from aecore.models.summary import summarize
from aecore.training.train import Checkpoint, Diverged, Progress, Snapshot, train

__all__ = [
    "Autoencoder",
    "Checkpoint",
    "Data",
    "DataUnavailable",
    "Diverged",
    "Output",
    "Progress",
    "RunConfig",
    "Snapshot",
    "Split",
    "Training",
    "default_dataset",
    "score_model",
    "score_pca",
    "summarize",
    "train",
]  # fmt: skip
