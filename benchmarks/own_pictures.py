"""Compare the quick start on 200 pictures of shapes with PCA, as Markdown: python -m benchmarks.own_pictures

Each seed draws other pictures of circles, squares and triangles, of random color, size and position, and also trains
with other weights. The errors are those of the test pictures, which neither the model nor PCA has seen.

    python -m benchmarks.own_pictures --seeds 3 --color --background black
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

from aecore.config.recipes import recipe
from aecore.data.collections import create_collection
from aecore.data.own import OwnImages
from aecore.evaluation.scores import Scores, score_model, score_pca
from aecore.images import ImageArray
from aecore.runs.execute import cached_pca
from aecore.training.train import train
from benchmarks.arguments import argument_parser

PICTURES = 200
SIDE = 64


def shapes(seed: int, background: str, count: int = PICTURES) -> Iterator[ImageArray]:
    """Yield pictures (64, 64, 3) of one shape each, on a black, white or randomly colored background."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        color, behind = (tuple(rng.integers(0, 256, 3).tolist()) for _ in range(2))
        large = Image.new("RGB", (4 * SIDE, 4 * SIDE), behind if background == "random" else background)
        radius = rng.uniform(0.5 * SIDE, 1.25 * SIDE)
        x, y = rng.uniform(radius, 4 * SIDE - radius, 2)
        box = (x - radius, y - radius, x + radius, y + radius)
        draw, kind = ImageDraw.Draw(large), rng.integers(3)
        if kind == 0:
            draw.ellipse(box, fill=color)
        elif kind == 1:
            draw.rectangle(box, fill=color)
        else:
            draw.polygon([(x, box[1]), (box[0], box[3]), (box[2], box[3])], fill=color)
        yield np.asarray(large.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def compare(seed: int, dataset: OwnImages) -> tuple[Scores, Scores, int, float]:
    """Train the quick start: its test scores, those of PCA, the number of steps and the seconds of processor time."""
    config = recipe("quick-start").config(dataset).changed({"training.seed": seed})
    data = dataset.load()
    pca = cached_pca(dataset, data, config.components)
    assert pca is not None  # nothing cancels it
    started = time.process_time()
    *_, last = train(config, data)
    seconds = time.process_time() - started
    return score_model(last.model, data.test), score_pca(pca, config.components, data.test), last.step, seconds


def main() -> None:
    """Print one row for each seed."""
    parser = argument_parser(__doc__ or "")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="seeds, one row each")
    parser.add_argument("--side", type=int, default=28, choices=(28, 32, 64), help="pixels per side")
    parser.add_argument("--color", action="store_true", help="train on three channels instead of gray")
    parser.add_argument("--background", default="white", choices=("black", "white", "random"))
    options = parser.parse_args()
    print("| pictures | seed | steps | quick start, test MSE | PCA, test MSE | ratio | processor time |")
    print("|---|---|---|---|---|---|---|")
    label = f"{options.background} background, {options.side} pixels, {'color' if options.color else 'gray'}"
    with tempfile.TemporaryDirectory() as home:
        os.environ["AECORE_HOME"] = home
        for seed in options.seeds:
            collection = create_collection(f"Shapes {seed}", shapes(seed, options.background))
            dataset = OwnImages.model_validate(
                {"collection": collection.id, "side": options.side, "color": options.color}
            )
            model, pca, steps, seconds = compare(seed, dataset)
            errors = f"{model.mse:.5f} | {pca.mse:.5f} | {model.mse / pca.mse:.2f}"
            print(f"| {label} | {seed} | {steps} | {errors} | {seconds:.0f} s |", flush=True)


if __name__ == "__main__":
    main()
