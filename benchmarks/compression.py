"""Compress the test images of full MNIST by codes, beside PCA and image files, as Markdown.

    python -m benchmarks.compression vae few-bits

Recipes are trained on all 60,000 training images with several seeds. Quantizers, priors and PCA are fitted to training
images, and all 10,000 test images are compressed, singly and all in one file. The prior and the means of the bins are
counted as the decoder's. The last column is the number of images from which on codes and decoder are smaller than the
smallest image file of at least their PSNR, all in one file.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import torch
from torch import Tensor

from aecore.config.recipes import RECIPES, recipe
from aecore.data import Data, Mnist
from aecore.evaluation.compression.methods import applicable, fit
from aecore.evaluation.compression.rates import (
    SINGLE,
    TOGETHER,
    Curve,
    RateDistortion,
    break_even,
    measure_codes,
    measure_files,
)
from aecore.training.train import train
from aecore.utils.settings import settings
from benchmarks.arguments import argument_parser, count
from benchmarks.tables import header, mean_and_spread, row

DEFAULT = ("vae", "few-bits")
COLUMNS = (
    "method", "setting", "bits per pixel, single", "container", "PSNR, dB", "SSIM", "bits per pixel, all in one",
    "PSNR, dB", "SSIM", "decoder, bytes", "images to break even",
)  # fmt: skip


def measure_recipe(name: str, data: Data, images: Tensor, seeds: int) -> list[RateDistortion]:
    """Train a recipe with some seeds and measure its codes; PCA with as many components beside the first."""
    found = []
    for seed in range(seeds):
        *_, last = train(recipe(name).config(Mnist(validation=0)).changed({"training.seed": seed}), data)
        model = last.model
        methods = applicable(model)[: None if not seed else 1]
        fitted = [fit(method.name, model, data.training.images) for method in methods]
        found.append(measure_codes(fitted, images, lambda: None))
        print(name, seed, file=sys.stderr, flush=True)
    return found


def rows(title: str, curves: Sequence[Curve], images: Tensor, files: Sequence[Curve]) -> list[str]:
    """Return a row for each setting of a method.

    Args:
        title: of the method.
        curves: of each seed.
        images: (N, C, H, W) that were measured.
        files: curves of image files.
    """
    lines = []
    for number, first in enumerate(curves[0].packed(SINGLE)):
        alone = [curve.packed(SINGLE)[number] for curve in curves]
        together = [curve.packed(TOGETHER)[number] for curve in curves]
        quality = [
            (
                mean_and_spread([p.psnr for p in points], 2),
                mean_and_spread([float("nan") if p.ssim is None else p.ssim for p in points], 3),
            )
            for points in (alone, together)
        ]
        lines.append(row([
            title,
            str(first.setting),
            mean_and_spread([p.bits_per_pixel for p in alone], 3),
            f"{8 * first.overhead / images[:, 0].numel():.2f}",
            *quality[0],
            mean_and_spread([p.bits_per_pixel for p in together], 3),
            *quality[1],
            f"{curves[0].decoder_bytes + together[0].tables:,}" if curves[0].decoder_bytes else "",
            _break_even(curves, number, len(images), files),
        ]))  # fmt: skip
    return lines


def _break_even(curves: Sequence[Curve], number: int, images: int, files: Sequence[Curve]) -> str:
    if not curves[0].decoder_bytes:
        return ""
    found = [break_even(c.packed(TOGETHER)[number], c.decoder_bytes, images, files) for c in curves]
    counts = [even.images for even in found if even and even.images is not None]
    return mean_and_spread(counts, 0) if len(counts) == len(found) else "never"


def main(arguments: list[str]) -> None:
    parser = argument_parser(__doc__ or "")
    parser.add_argument("recipes", nargs="*", default=DEFAULT, choices=[*RECIPES, DEFAULT], metavar="RECIPE")
    parser.add_argument("--seeds", type=count, default=3, help="trainings of each recipe")
    parser.add_argument("--images", type=count, default=10_000, help="test images")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(settings().threads)
    data = Mnist(validation=0).load()
    images = data.test.images[: asked.images]
    files = measure_files(images, lambda: None).curves
    print(header(COLUMNS))
    for curve in files:
        print("\n".join(rows(curve.title, [curve], images, files) or [str(curve.missing)]), flush=True)
    for name in asked.recipes:
        found = measure_recipe(name, data, images, asked.seeds)
        for number, curve in enumerate(found[0].curves):
            of_seeds = [other.curves[number] for other in found if number < len(other.curves)]
            print("\n".join(rows(f"`{name}`, {curve.title}", of_seeds, images, files)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
