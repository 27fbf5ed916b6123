"""Kuzushiji-MNIST: handwritten Japanese characters in the format of MNIST."""

from __future__ import annotations

from typing import Literal

from aecore.data.torchvision.base import TorchvisionDataset
from aecore.images import OBJECT_STEPS


class KMnist(TorchvisionDataset):
    """70,000 handwritten characters of 28 x 28 gray pixels: ten syllables in the cursive script of old Japanese books.

    Clanuwat, Bober-Irizar, Kitamoto, Lamb, Yamamoto, Ha, Deep learning for classical Japanese literature, 2018.
    """

    kind: Literal["kmnist"] = "kmnist"
    title = "Kuzushiji-MNIST"
    class_names = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    capacity = 60_000
    class_sizes = (6000,) * 10
    source_class = "KMNIST"
    download_bytes = 21_240_888

    @property
    def preparation(self) -> tuple[str, ...]:
        return OBJECT_STEPS
