"""The public names of the package, by the module that defines them: `__init__.py` reads this file."""

from .config.recipe import Recipe
from .config.recipes import RECIPES, recipe
from .config.run_config import RunConfig
from .config.training import Training
from .data import Data, Split, default_dataset
from .errors import (
    AecoreError,
    DataUnavailable,
    Diverged,
    ImageError,
    IncompatibleSettings,
    InvalidInput,
    LimitExceeded,
    MissingDependency,
    RunNotFound,
    SweepNotFound,
    UnreadableRun,
    UnreadableSweep,
)
from .evaluation.anomaly.detector import AnomalyDetector
from .evaluation.scores import score_model, score_pca
from .latent.codes import EncodedSet, encode_dataset
from .models.autoencoder import Autoencoder, Output
from .models.summary import summarize
from .runs.run import Run
from .runs.store import Store
from .runs.sweeps.execution import run_sweep
from .runs.sweeps.plan import SweepPlan
from .runs.sweeps.results import SweepResults, sweep_results
from .runs.sweeps.sweep import Sweep, SweepStore
from .training.train import Checkpoint, Progress, Snapshot, train

__version__: str

__all__ = [
    "RECIPES",
    "AecoreError",
    "AnomalyDetector",
    "Autoencoder",
    "Checkpoint",
    "Data",
    "DataUnavailable",
    "Diverged",
    "EncodedSet",
    "ImageError",
    "IncompatibleSettings",
    "InvalidInput",
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
    "Sweep",
    "SweepNotFound",
    "SweepPlan",
    "SweepResults",
    "SweepStore",
    "Training",
    "UnreadableRun",
    "UnreadableSweep",
    "default_dataset",
    "encode_dataset",
    "recipe",
    "run_sweep",
    "score_model",
    "score_pca",
    "summarize",
    "sweep_results",
    "train",
]
