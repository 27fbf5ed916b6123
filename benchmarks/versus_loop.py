"""Compare the speed of training with the usual PyTorch loop, as Markdown: python -m benchmarks.versus_loop

The usual loop is that of many tutorials: a DataLoader that converts one image after the other by ToTensor, an
`nn.Sequential` in float32, and `loss.item()` in each step. `benchmarks.training_speed` describes the measurement.

    python -m benchmarks.versus_loop --data mnist --rounds 5
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from aecore.config.run_config import RunConfig
from aecore.data.torchvision.compat import torchvision_datasets
from benchmarks.training_speed import (
    BATCH,
    compare,
    images_per_second,
    load,
    machine,
    measure_ours,
    measured_in,
    one_process,
    parse_arguments,
    start_torch,
)

#: The networks of the recipes as the usual loop has them, and their losses.
USUAL: dict[str, Callable[[], tuple[nn.Module, nn.Module]]] = {
    "dense": lambda: (
        nn.Sequential(
            nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(),
            nn.Linear(32, 10), nn.Sigmoid(), nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(),
            nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28)),
        ),
        nn.BCELoss(),
    ),
    "conv": lambda: (
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


def usual_loop(config: RunConfig) -> Iterator[int]:
    """Train as tutorials do; yield the number of images of each step."""
    model, loss_function = USUAL[config.network.kind]()
    optimizer = torch.optim.Adam(model.parameters())
    loader = DataLoader(Pictures(load(config.dataset).training.images), batch_size=BATCH, shuffle=True)
    total = 0.0
    while True:
        for batch in loader:
            optimizer.zero_grad()
            loss = loss_function(model(batch), batch)
            loss.backward()
            optimizer.step()
            total += loss.item()
            yield len(batch)


def measure_theirs(config: RunConfig, seconds: float) -> float:
    """Return the images per second of the usual loop."""
    return images_per_second(usual_loop(config), seconds)


def main() -> None:
    arguments = parse_arguments("Compare the speed of training with the usual PyTorch loop.", "mnist-5k")
    with one_process(start_torch) as theirs, one_process(start_torch) as ours:
        table = compare(
            "usual loop",
            measured_in(theirs, measure_theirs, arguments.seconds),
            measured_in(ours, measure_ours, arguments.seconds),
            arguments.data,
            arguments.rounds,
        )
    print(f"{table}\n\n{machine()}")


if __name__ == "__main__":
    main()
