"""Train the starter models in assets/starters: python benchmarks/starters.py (or `make starters`), about three minutes.

They are trained on mnist-5k, which is part of the installation, so they can be reproduced without a network and their
test images are always available. Weights are stored in half precision and scored as stored.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import torch

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import Mnist5k
from aecore.objectives.corruptions import NoCorruption
from aecore.optim.length import Epochs
from aecore.runs.comparison.similarity import write_similarity
from aecore.runs.compression.codecs import DEFAULT_BITS, store_codecs
from aecore.runs.computed.anomaly_scores import compute_scores
from aecore.runs.computed.label_accuracies import compute_accuracies
from aecore.runs.computed.projections import compute_map
from aecore.runs.computed.rate_distortion import compute_rates, drop_pictures
from aecore.runs.execute import run_training, write_scores
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.utils.settings import settings
from aecore.utils.tensors import read_tensors, write_tensors

FOLDER = Path(__file__).parents[1] / "assets" / "starters"
MAX_BYTES = 1_000_000  # of one starter model
MAX_CODEC_BYTES = 4000  # of one codec; that of the default bits is stored in any case
SNAPSHOTS = 14
CODES = 320  # per snapshot
WITH_MAP = "starter-2-vae"  # comes with its t-SNE, with which Latent space opens for a newcomer
NORMAL = Mnist5k(classes=(8,), validation=900)  # the hardest digit: its AUROC is 94 with the corruption, 86 without

# Folder name, name on the page, recipe, changes. New ones come last: pages propose them in this order.
STARTERS = (
    (
        "starter-1-quick",
        "Dense, 16 dimensions",
        "quick-start",
        {"network.widths": [160, 96], "training.length": Epochs(epochs=60)},
    ),
    ("starter-2-vae", "VAE, 20 dimensions", "vae", {"network.widths": [160], "training.length.epochs": 60}),
    (
        "starter-3-two",
        "Dense, 2 dimensions",
        "two-dimensional",
        {"network.widths": [160, 96, 32], "training.length.epochs": 100},
    ),
    ("starter-4-conv", "Conv, 1,568 dimensions", "convolutional", {"training.length.epochs": 12}),
    (
        "starter-5-denoise",
        "Denoiser, 64 dimensions",
        "denoising",
        {"network.widths": [128, 96], "training.length.epochs": 80},
    ),
    ("starter-6-eights", "Only 8s, patches repaired", "anomaly", {"network.widths": [128], "dataset": NORMAL}),
    (
        "starter-7-plain",
        "Only 8s, no corruption",
        "anomaly",
        {"network.widths": [128], "dataset": NORMAL, "corruption": NoCorruption()},
    ),
)


def train_starter(folder: str, name: str, recipe_name: str, config: RunConfig) -> None:
    """Train one starter model, shrink it and copy it to its folder."""
    with tempfile.TemporaryDirectory() as temporary:
        run = Store(Path(temporary)).create(config, name, recipe_name)
        state = run_training(run)
        assert state.status == "finished", state.reason
        shrink(run)
        write_scores(run, config, config.dataset.load())
        write_similarity(run)
        if folder == WITH_MAP:
            compute_map(run, "t-sne", 2)
        if recipe_name == "anomaly":
            compute_scores(run)
        else:
            compute_accuracies(run)
        store_small_codecs(run)
        compute_rates(run)
        drop_pictures(run)
        run.change_state(pid=None, pid_created=None, boot=None)
        for leftover in ("resume.safetensors", "live.safetensors", ".lock", ".training"):
            (run.folder / leftover).unlink(missing_ok=True)
        size = sum(f.stat().st_size for f in run.folder.rglob("*") if f.is_file())
        assert size < MAX_BYTES, f"{name} has {size:,} bytes"
        shutil.rmtree(FOLDER / folder, ignore_errors=True)
        shutil.copytree(run.folder, FOLDER / folder)
    print(f"{folder}: {size:,} bytes, {Run(FOLDER / folder).results('scores')}")


def store_small_codecs(run: Run) -> None:
    """Store the codecs that .aez files refer to; a file with another one contains it."""
    store_codecs(run)
    for path in (run.folder / "compression").glob("codec-*.json"):
        if path.stat().st_size > MAX_CODEC_BYTES and not path.stem.endswith(f"-{DEFAULT_BITS}"):
            path.unlink()


def shrink(run: Run) -> None:
    """Convert weights to half precision, keep fewer snapshots (the first and the last included) and fewer codes."""
    path = run.folder / "model.safetensors"
    weights, metadata = read_tensors(path)
    write_tensors(path, {name: t.half() for name, t in weights.items()}, metadata)
    steps = run.snapshot_steps()
    positions = torch.linspace(0, len(steps) - 1, SNAPSHOTS).round().int().tolist()
    selected = {steps[i] for i in positions}
    max_codes = 2**13 // run.config().latent_size
    for step in steps:
        snapshot = run.folder / "snapshots" / f"{step:08d}.safetensors"
        if step not in selected:
            snapshot.unlink()
            continue
        tensors, _ = read_tensors(snapshot)
        write_tensors(snapshot, {**tensors, "codes": tensors["codes"][: min(CODES, max(1, max_codes))].clone()}, {})


if __name__ == "__main__":
    torch.set_num_threads(settings().threads)
    selected = sys.argv[1:]  # folder names; default: all
    for folder, name, recipe_name, changes in STARTERS:
        if selected and folder not in selected:
            continue
        train_starter(folder, name, recipe_name, recipe(recipe_name).config(Mnist5k()).changed(changes))
