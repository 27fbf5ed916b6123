"""LabeledDataset: the base of datasets with known classes, of which some can be kept for training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

import torch
from pydantic import Field, field_validator

from aecore.data.base import Data, Dataset, Split
from aecore.options.registry import ONE_OR_MORE

Label = Annotated[int, Field(ge=0)]


class LabeledDataset(Dataset):
    """Base class of datasets whose classes, and the number of images in each, are known before they are loaded."""

    class_sizes: ClassVar[tuple[int, ...]]  # images for training and validation together, by class

    classes: Annotated[tuple[Label, ...], ONE_OR_MORE] = Field(
        (),
        max_length=100,
        title="Classes to train on",
        description="Train and validate on the images of these classes only; the test images are those of all "
        "classes. Empty means all.",
    )

    @field_validator("classes")
    @classmethod
    def _check_classes(cls, classes: tuple[int, ...]) -> tuple[int, ...]:
        if wrong := [label for label in classes if label >= len(cls.class_sizes)]:
            raise ValueError(
                f"{wrong[0]} is no class of {cls.title}; possible values are 0 to {len(cls.class_sizes) - 1}"
            )
        return tuple(sorted(set(classes)))

    @classmethod
    def allowed_values(cls, setting: str) -> Mapping[int, str] | None:
        return dict(enumerate(cls.class_names)) if setting == "classes" else None

    @property
    def short_name(self) -> str:
        names = (self.class_names[label] for label in self.classes)
        return f"{self.kind}, only {', '.join(names)}" if self.classes else self.kind

    def pool_size(self) -> int:
        return sum(self.class_sizes[label] for label in self.classes) if self.classes else self.capacity

    @property
    def held_out(self) -> int:
        return (2 * self.validation * self.pool_size() + self.capacity) // (2 * self.capacity)  # rounded

    def _split(self, pool: Split, test: Split) -> Data:
        if self.classes:
            pool = pool.take(torch.isin(pool.labels, torch.tensor(self.classes)).nonzero()[:, 0])
        return super()._split(pool, test)
