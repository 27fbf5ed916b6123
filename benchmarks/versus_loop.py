"""Compare the speed of training with the usual PyTorch loop, as Markdown: python -m benchmarks.versus_loop

Both train the same two networks on the same images, by Adam in batches of 256: `deep-dense`, and `convolutional`. The
usual loop is that of many tutorials: a DataLoader that converts one image after the other by ToTensor, an
`nn.Sequential` in float32, and `loss.item()` in each step. The two alternate, and the table shows the medians. Neither
validates.

    python -m benchmarks.versus_loop --data mnist --rounds 5
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Iterator
from statistics import median

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.torchvision_compat import torchvision_datasets
from aecore.training.train import train
from aecore.utils.settings import cores

WARM_UP = 5  # steps before the measurement
BATCH = 256

#: Networks of the usual loop, the same as those of the recipes, and their losses.
USUAL: dict[str, Callable[[], tuple[nn.Module, nn.Module]]] = {
    "deep-dense": lambda: (
        nn.Sequential(
            nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(),
            nn.Linear(32, 10), nn.Sigmoid(), nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(),
            nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28)),
        ),
        nn.BCELoss(),
    ),
    "convolutional": lambda: (
        nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(),
            nn.MaxPool2d(2), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2),
            nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2),
            nn.Conv2d(32, 1, 3, padding=1), nn.Sigmoid(),
        ),
        nn.MSELoss(),
    ),
}  # fmt: skip


class Pictures(Dataset[Tensor]):
    """Images as torchvision's datasets give them: one at a time, converted from PIL."""

    def __init__(self, images: Tensor) -> None:
        torchvision_datasets()  # from then on, torchvision can be imported with any build of torch
        from torchvision.transforms import ToTensor

        self.arrays, self.convert = images.squeeze(1).numpy(), ToTensor()  # (N, 28, 28)

    def __len__(self) -> int:
        return len(self.arrays)

    def __getitem__(self, index: int) -> Tensor:
        converted: Tensor = self.convert(Image.fromarray(self.arrays[index]))
        return converted


def usual_loop(name: str, images: Tensor) -> Iterator[int]:
    """Train as tutorials do; yield the number of images of each step."""
    model, loss_function = USUAL[name]()
    optimizer = torch.optim.Adam(model.parameters())
    loader = DataLoader(Pictures(images), batch_size=BATCH, shuffle=True)
    total = 0.0
    while True:
        for batch in loader:
            optimizer.zero_grad()
            loss = loss_function(model(batch), batch)
            loss.backward()
            optimizer.step()
            total += loss.item()
            yield len(batch)


def this_package(config: RunConfig, data: Data) -> Iterator[int]:
    """Train with `aecore`; yield the number of images of each step."""
    done = 0
    for progress in train(config, data):
        seen = round(progress.epoch * len(data.training))
        yield seen - done
        done = seen


def images_per_second(steps: Iterator[int], seconds: float) -> float:
    for _ in range(WARM_UP):
        next(steps)
    started, images = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        images += next(steps)
    return images / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the speed of training with the usual PyTorch loop.")
    parser.add_argument("--data", default="mnist-5k", help="dataset to train on")
    parser.add_argument("--rounds", type=int, default=3, help="number of times that each is measured")
    parser.add_argument("--seconds", type=float, default=8, help="seconds of each measurement")
    arguments = parser.parse_args()
    torch.set_num_threads(cores())
    rows = []
    with tqdm(total=2 * len(USUAL) * arguments.rounds, unit=" measurements") as bar:
        for name in USUAL:
            changes = {"dataset.kind": arguments.data, "dataset.validation": 0, "training.length.epochs": 10_000}
            config = recipe(name).changed(changes)
            data = config.dataset.load()
            speeds: tuple[list[float], list[float]] = ([], [])
            for _ in range(arguments.rounds):
                for found, steps in zip(
                    speeds, (usual_loop(name, data.training.images), this_package(config, data)), strict=True
                ):
                    found.append(images_per_second(steps, arguments.seconds))
                    bar.update()
            usual, ours = map(median, speeds)
            rows.append(f"| `{name}` | {usual:,.0f} | {ours:,.0f} | {ours / usual:.2f} |")
    print("| recipe | usual loop, images/s | aecore, images/s | ratio |\n|---|---|---|---|")
    print(*rows, sep="\n")
    print(f"\nPython {platform.python_version()}, torch {torch.__version__}, {cores()} cores, {platform.machine()}.")


if __name__ == "__main__":
    main()
