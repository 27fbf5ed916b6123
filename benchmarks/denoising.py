"""What a denoising autoencoder gains over what it must beat, as Markdown: python benchmarks/denoising.py

It trains the recipe `denoising` on all of MNIST (or takes a finished run), and beside it the same model without noise,
the plain twin. Filters and PCA are tuned for each noise and each strength; the models are what they are. PSNR and SSIM
are means over test pictures of each one's own.

    python benchmarks/denoising.py --data mnist-5k --epochs 3 --pictures 50 --tuned-on 10   # a quick look
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

from aecore.analysis.filters import Filter, filters
from aecore.analysis.pca import fit_pca
from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import Data, Dataset
from aecore.data.pixels import to_float
from aecore.evaluation.denoising import Point, by_filters, by_model, strengths
from aecore.models.autoencoder import Autoencoder
from aecore.objectives.corruptions import Corruption, NoCorruption
from aecore.options.registry import options_by_kind
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.training.train import train
from aecore.utils.settings import settings

Models = dict[str, Autoencoder]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Denoisers beside filters, as Markdown.")
    parser.add_argument("--run", help="a finished run, by id or folder, instead of a training")
    parser.add_argument("--data", default="mnist", help="kind of data set to train on")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's own")
    parser.add_argument("--no-twin", action="store_true", help="without the plain twin, which takes a training more")
    parser.add_argument("--pictures", type=int, default=1000, help="test pictures")
    parser.add_argument("--tuned-on", type=int, default=100, help="pictures that the filters are tuned on")
    parser.add_argument("--strengths", type=int, default=7, help="of each noise, none among them")
    return parser.parse_args()


def trained(config: RunConfig, data: Data, name: str) -> Autoencoder:
    with tqdm(total=config.training.epochs, desc=name, unit="epoch", file=sys.stderr) as bar:
        for progress in train(config, data):
            bar.update(progress.ends_epoch)
    return progress.model


def prepared(given: argparse.Namespace) -> tuple[RunConfig, Data, Models]:
    """The denoiser's settings, its data, and the models to compare."""
    if given.run:
        run = Run(Path(given.run)) if Path(given.run).is_dir() else Store().get(given.run)
        config, name = run.config(), run.state().name
    else:
        dataset = options_by_kind(Dataset)[given.data].model_validate({})
        config, name = recipe("denoising").config(dataset), "Denoiser"
        config = config.changed({"training.epochs": given.epochs or config.training.epochs})
    data = config.dataset.load()
    models = {name: run.model() if given.run else trained(config, data, name)}
    if not given.no_twin:
        plain = config.model_copy(update={"corruption": NoCorruption()})
        models["Plain twin"] = trained(plain, data, "Plain twin")
    return config, data, models


def points(
    models: Models, methods: Sequence[Filter], images: Tensor, held: Tensor, noise: Corruption, level: float
) -> list[Point]:
    """What every method reaches at one strength."""
    filtered = by_filters(methods, images, held, noise, level, tuned_on=len(held))
    return [*filtered, *(by_model(name, model, images, noise, level) for name, model in models.items())]


def at_one_strength(rows: Sequence[Point]) -> str:
    best = max(rows, key=lambda point: point.psnr)
    lines = ["| method | setting | PSNR, dB | SSIM |", "|---|---|---|---|"]
    for point in rows:
        mark = "**" if point is best else ""
        lines.append(f"| {point.method} | {point.setting} | {mark}{point.psnr:.2f}{mark} | {point.ssim:.3f} |")
    return "\n".join(lines)


def over_strengths(columns: Sequence[Sequence[Point]]) -> str:
    """A row of PSNR for each method, a column for each strength."""
    head = " | ".join(f"{column[0].strength:.2f}" for column in columns)
    lines = [f"| PSNR, dB, at strength | {head} |", "|---" * (len(columns) + 1) + "|"]
    for row in zip(*columns, strict=True):
        lines.append(f"| {row[0].method} | " + " | ".join(f"{point.psnr:.1f}" for point in row) + " |")
    return "\n".join(lines)


def told(noise: Corruption, own: Corruption) -> str:
    if noise.kind == own.kind:
        return f"{noise.title}, the kind that was learned (at {own.strength:g})"
    return f"{noise.title}, never seen in training"


def main() -> None:
    given = arguments()
    torch.set_num_threads(settings().threads)
    config, data, models = prepared(given)
    own = config.corruption
    if own.does_nothing:
        sys.exit("This run has learned without noise; give one that has a corruption.")
    methods = filters(fit_pca(to_float(data.training.images)))
    # Pictures that PCA was not fitted on, where there are enough: else it would be tuned to what it knows by heart.
    spare = data.validation if len(data.validation) >= given.tuned_on else data.training
    images, held = data.test.images[: given.pictures], spare.images[: given.tuned_on]
    print(f"{len(images):,} test pictures of {config.dataset.title}; filters tuned on {len(held)} others.\n")
    print(f"### {own.title}, strength {own.strength:g}\n")
    print(at_one_strength(points(models, methods, images, held, own, own.strength)), flush=True)
    noises = [option.model_validate({}) for option in options_by_kind(Corruption).values() if not option.does_nothing]
    for noise in sorted(noises, key=lambda noise: noise.kind != own.kind):
        levels = tqdm(strengths(noise, given.strengths), desc=noise.title, file=sys.stderr)
        columns = [points(models, methods, images, held, noise, level) for level in levels]
        print(f"\n### {told(noise, own)}\n\n{over_strengths(columns)}", flush=True)


if __name__ == "__main__":
    main()
