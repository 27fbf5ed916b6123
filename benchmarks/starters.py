"""Make the starter models in assets/starters: python benchmarks/starters.py (or `make starters`), about three minutes.

They learn from mnist-5k, the digits that come with the installation, so anyone can repeat them without a network, and
their test digits are at hand wherever the app is. Weights are stored in half precision and scored as stored.
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
from aecore.runs.execute import report, run_training
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.utils.settings import settings
from aecore.utils.tensors import read_tensors, write_tensors

FOLDER = Path(__file__).parents[1] / "assets" / "starters"
LARGEST = 1_000_000  # bytes of one starter
SNAPSHOTS = 14
CODES = 320

# Folder name, name on the page, recipe, changes.
STARTERS = (
    ("starter-1-quick", "Dense, 16 dimensions", "quick-start", {"network.widths": [160, 96], "training.epochs": 60}),
    ("starter-2-vae", "VAE, 20 dimensions", "vae", {"network.widths": [160], "training.epochs": 60}),
    (
        "starter-3-two",
        "Dense, 2 dimensions",
        "two-dimensional",
        {"network.widths": [160, 96, 32], "training.epochs": 100},
    ),
    ("starter-4-conv", "Conv, 1,568 dimensions", "convolutional", {"training.epochs": 12}),
    ("starter-5-denoise", "Denoiser, 64 dimensions", "denoising", {"network.widths": [128, 96], "training.epochs": 80}),
)


def make(folder: str, name: str, recipe_name: str, config: RunConfig) -> None:
    """Train one starter and put it in its place, small."""
    with tempfile.TemporaryDirectory() as temporary:
        run = Store(Path(temporary)).create(config, name, recipe_name)
        state = run_training(run)
        assert state.status == "finished", state.reason
        shrink(run)
        report(run, config, config.dataset.load())
        run.change_state(pid=None, pid_created=None)
        for leftover in ("resume.safetensors", "live.safetensors", ".lock", ".training"):
            (run.folder / leftover).unlink(missing_ok=True)
        size = sum(f.stat().st_size for f in run.folder.rglob("*") if f.is_file())
        assert size < LARGEST, f"{name} has {size:,} bytes"
        shutil.rmtree(FOLDER / folder, ignore_errors=True)
        shutil.copytree(run.folder, FOLDER / folder)
    print(f"{folder}: {size:,} bytes, {Run(FOLDER / folder).numbers('scores')}")


def shrink(run: Run) -> None:
    """Half-precision weights, fewer snapshots (log-spaced, first and last kept), fewer codes in each."""
    path = run.folder / "model.safetensors"
    weights, metadata = read_tensors(path)
    write_tensors(path, {name: t.half() for name, t in weights.items()}, metadata)
    steps = run.snapshot_steps()
    positions = torch.linspace(0, len(steps) - 1, SNAPSHOTS).round().int().tolist()
    kept = {steps[i] for i in positions}
    largest = 2**13 // run.config().latent_size
    for step in steps:
        snapshot = run.folder / "snapshots" / f"{step:08d}.safetensors"
        if step not in kept:
            snapshot.unlink()
            continue
        tensors, _ = read_tensors(snapshot)
        write_tensors(snapshot, {**tensors, "codes": tensors["codes"][: min(CODES, max(1, largest))].clone()}, {})


if __name__ == "__main__":
    torch.set_num_threads(settings().threads)
    wanted = sys.argv[1:]  # names of folders; none means all
    for folder, name, recipe_name, changes in STARTERS:
        if wanted and folder not in wanted:
            continue
        make(folder, name, recipe_name, recipe(recipe_name).config(Mnist5k()).changed(changes))
