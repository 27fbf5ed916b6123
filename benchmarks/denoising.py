"""Compare a denoising autoencoder with classical filters and PCA, as Markdown: python benchmarks/denoising.py

It trains the recipe `denoising` on full MNIST (or loads a finished run) and the same model without a corruption, the
baseline. Filters and PCA are tuned for each noise and strength, the models are not. PSNR and SSIM are means over the
test images.

    python benchmarks/denoising.py --data mnist-5k --epochs 3 --images 50 --tuning-images 10   # quick
    python benchmarks/denoising.py --run 20250101-120000-abcdef                             # a run, by id or folder
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from aecore.analysis.filters import Filter, classical_filters
from aecore.analysis.pca import fit_pca
from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import Data, Dataset
from aecore.data.pixels import to_float
from aecore.evaluation.denoising import MethodScore, score_denoiser, score_filters, strength_levels
from aecore.models.autoencoder import Autoencoder
from aecore.objectives.corruptions import Corruption, NoCorruption
from aecore.optim.length import Epochs
from aecore.options.registry import options_by_kind
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.train import train
from aecore.utils.settings import settings
from benchmarks.arguments import argument_parser, count

Models = dict[str, Autoencoder]


def parse_arguments() -> argparse.Namespace:
    parser = argument_parser("Compare denoisers with filters, as Markdown.")
    parser.add_argument("--run", help="a finished run, by id or folder; default: train one")
    parser.add_argument("--data", choices=sorted(options_by_kind(Dataset)), default="mnist", help="dataset to train on")
    parser.add_argument("--epochs", type=count, help="default: those of the recipe")
    parser.add_argument("--no-baseline", action="store_true", help="do not train the baseline")
    parser.add_argument("--images", type=count, default=1000, help="number of test images")
    parser.add_argument("--tuning-images", type=count, default=100, help="number of images to tune the filters on")
    parser.add_argument("--strengths", type=count, default=7, help="number of strengths of each noise, including 0")
    return parser.parse_args()


def train_model(config: RunConfig, data: Data, name: str) -> Autoencoder:
    with tqdm(desc=name, unit=" steps", file=sys.stderr) as bar:
        for progress in train(config, data):
            bar.total = progress.steps
            bar.update()
    return progress.model


def load_models(arguments: argparse.Namespace) -> tuple[RunConfig, Data, Models]:
    """Load or train the models; returns the denoiser's settings, its data and the models by name."""
    if arguments.run:
        run = Run(Path(arguments.run)) if Path(arguments.run).is_dir() else Store().get(arguments.run)
        config, name = run.config(), run.state().name
    else:
        dataset = options_by_kind(Dataset)[arguments.data].model_validate({})
        config, name = recipe("denoising").config(dataset), "Denoiser"
        if arguments.epochs is not None:
            config = config.changed({"training.length": Epochs(epochs=arguments.epochs)})
    data = config.dataset.load()
    models = {name: run.model() if arguments.run else train_model(config, data, name)}
    if not arguments.no_baseline:
        baseline = config.model_copy(update={"corruption": NoCorruption()})
        models["Baseline"] = train_model(baseline, data, "Baseline")
    return config, data, models


def scores(
    models: Models, methods: Sequence[Filter], images: Tensor, tuning: Tensor, noise: Corruption, level: float
) -> list[MethodScore]:
    """Score all methods at one strength."""
    filtered = score_filters(methods, images, tuning, noise, level, tuning_images=len(tuning))
    return [*filtered, *(score_denoiser(name, model, images, noise, level) for name, model in models.items())]


def table_at_one_strength(rows: Sequence[MethodScore]) -> str:
    best = max(rows, key=lambda score: score.psnr)
    lines = ["| method | setting | PSNR, dB | SSIM |", "|---|---|---|---|"]
    for score in rows:
        mark = "**" if score is best else ""
        lines.append(f"| {score.method} | {score.setting} | {mark}{score.psnr:.2f}{mark} | {score.ssim:.3f} |")
    return "\n".join(lines)


def table_over_strengths(columns: Sequence[Sequence[MethodScore]]) -> str:
    """Format PSNR with a row for each method and a column for each strength."""
    head = " | ".join(f"{column[0].strength:.2f}" for column in columns)
    lines = [f"| PSNR, dB, at strength | {head} |", "|---" * (len(columns) + 1) + "|"]
    for row in zip(*columns, strict=True):
        lines.append(f"| {row[0].method} | " + " | ".join(f"{score.psnr:.1f}" for score in row) + " |")
    return "\n".join(lines)


def caption(noise: Corruption, training_noise: Corruption) -> str:
    if noise.kind == training_noise.kind:
        return f"{noise.title}, the training noise (strength {training_noise.strength:g})"
    return f"{noise.title}, not used in training"


def main() -> None:
    arguments = parse_arguments()
    torch.set_num_threads(settings().threads)
    config, data, models = load_models(arguments)
    training_noise = config.corruption
    if training_noise.does_nothing:
        sys.exit("This run has no corruption; choose a denoising run.")
    methods = classical_filters(fit_pca(to_float(data.training.images)))
    # If possible, images that PCA was not fitted on, which would favor many components.
    spare = data.validation if len(data.validation) >= arguments.tuning_images else data.training
    images, tuning = data.test.images[: arguments.images], spare.images[: arguments.tuning_images]
    print(f"{len(images):,} test images of {config.dataset.title}; filters tuned on {len(tuning)} others.\n")
    print(f"### {training_noise.title}, strength {training_noise.strength:g}\n")
    rows = scores(models, methods, images, tuning, training_noise, training_noise.strength)
    print(table_at_one_strength(rows), flush=True)
    noises = [option.model_validate({}) for option in options_by_kind(Corruption).values() if not option.does_nothing]
    for noise in sorted(noises, key=lambda noise: noise.kind != training_noise.kind):
        levels = tqdm(strength_levels(noise, arguments.strengths), desc=noise.title, file=sys.stderr)
        columns = [scores(models, methods, images, tuning, noise, level) for level in levels]
        print(f"\n### {caption(noise, training_noise)}\n\n{table_over_strengths(columns)}", flush=True)


if __name__ == "__main__":
    main()
