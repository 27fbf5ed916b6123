"""aecore: autoencoders as network x bottleneck x (corruption, penalty), trained by one generator."""

import os

# OpenMP reads this when torch is loaded, so it is set before the imports. Threads that spin while they wait slow down
# other processes: measured on 2 cores next to one busy process, 4 steps/s, and 77 with a short spin. A process alone
# is as fast as before.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

from aecore.config.recipes import RECIPES, Recipe, recipe
from aecore.config.run_config import RunConfig, Training
from aecore.data import Data, Split, default_dataset
from aecore.errors import (
    AecoreError,
    DataUnavailable,
    Diverged,
    ImageError,
    IncompatibleSettings,
    LimitExceeded,
    MissingDependency,
    RunNotFound,
    UnreadableRun,
)
from aecore.evaluation.scores import score_model, score_pca
from aecore.latent.codes import EncodedSet, encode_dataset
from aecore.models.autoencoder import Autoencoder, Output
from aecore.models.summary import summarize
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.train import Checkpoint, Progress, Snapshot, train

__version__ = "0.2.0"

__all__ = [
    "RECIPES",
    "AecoreError",
    "Autoencoder",
    "Checkpoint",
    "Data",
    "DataUnavailable",
    "Diverged",
    "EncodedSet",
    "ImageError",
    "IncompatibleSettings",
    "LimitExceeded",
    "MissingDependency",
    "Output",
    "Progress",
    "Recipe",
    "Run",
    "RunConfig",
    "RunNotFound",
    "Snapshot",
    "Split",
    "Store",
    "Training",
    "UnreadableRun",
    "default_dataset",
    "encode_dataset",
    "recipe",
    "score_model",
    "score_pca",
    "summarize",
    "train",
]
