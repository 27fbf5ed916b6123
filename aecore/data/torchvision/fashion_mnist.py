"""Fashion-MNIST: pictures of clothing in the format of MNIST."""

from __future__ import annotations

from typing import Literal

from aecore.data.torchvision.base import TorchvisionDataset
from aecore.images import OBJECT_STEPS


class FashionMnist(TorchvisionDataset):
    """70,000 pictures of clothing, shoes and bags of 28 x 28 gray pixels: as large as MNIST, and harder.

    Xiao, Rasul, Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms, 2017.
    """

    kind: Literal["fashion-mnist"] = "fashion-mnist"
    title = "Fashion-MNIST"
    class_names = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip
    capacity = 60_000
    class_sizes = (6000,) * 10
    source_class = "FashionMNIST"
    download_bytes = 30_878_645

    @property
    def preparation(self) -> tuple[str, ...]:
        return OBJECT_STEPS
