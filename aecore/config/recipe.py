"""Recipe: named run settings, fitted to the dataset that they train on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from aecore.config.changes import apply_changes
from aecore.config.run_config import AnyDataset, RunConfig
from aecore.config.training import Training
from aecore.data import Dataset, Mnist5k, default_dataset
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.objectives.corruptions import Corruption, NoCorruption
from aecore.objectives.penalties import NoPenalty, Penalty
from aecore.optim.length import steps_per_epoch
from aecore.options.epochs import scale_epochs

#: The groups of settings of a recipe.
_GROUPS = ("network", "bottleneck", "corruption", "penalty", "training")

#: A collection with fewer training images is small: models overfit it.
SMALL_COLLECTION = 1000


@dataclass(frozen=True)
class Recipe:
    """The settings of a run, and what they demonstrate."""

    name: str
    title: str
    explanation: str
    network: Network
    bottleneck: Bottleneck
    training: Training
    corruption: Corruption = NoCorruption()  # noqa: RUF009 - frozen
    penalty: Penalty = NoPenalty()  # noqa: RUF009 - frozen
    dataset: Dataset | None = None  # by default the fullest dataset on this machine
    small: Mapping[str, BaseModel] = field(default_factory=dict)  # groups that differ for small collections

    def config(self, dataset: Dataset | None = None) -> RunConfig:
        """Return the config for a dataset; by default the recipe's own, or the fullest on this machine.

        Raises:
            pydantic.ValidationError: the recipe is not for such data.
        """
        return RunConfig.model_validate(dict(self.fitted(dataset or self.dataset or default_dataset())))

    def fitted(self, dataset: Dataset) -> RunConfig:
        """Return the config for a dataset without validation.

        A small collection of a user's own images has few batches: all numbers of epochs are multiplied, so that the
        weights are updated as often as on the images that the recipe was made for. Some recipes have other settings
        for such a collection, and batch norm gets batches of similar sizes.
        """
        groups: dict[str, Any] = {name: getattr(self, name) for name in _GROUPS}
        if dataset.size_varies:
            if dataset.training_images < SMALL_COLLECTION:
                groups |= self.small
            factor = self._epochs_factor(dataset)
            groups = {name: scale_epochs(group, factor) for name, group in groups.items()}
            if groups["network"].batch_statistics:
                groups["training"] = _even_batches(groups["training"], dataset.training_images)
        return RunConfig.model_construct(dataset=dataset, **groups)

    def changed(self, changes: dict[str, Any]) -> RunConfig:
        """Return the config with some settings changed, as by `RunConfig.changed`; the others fit the dataset.

        Raises:
            pydantic.ValidationError: a path does not exist, or a value is invalid.
        """
        base = self.config()
        tree = base.model_dump(mode="json")
        apply_changes(tree, {path: value for path, value in changes.items() if path.split(".")[0] == "dataset"})
        with suppress(ValidationError):  # the changed config then has the same problems
            base = self.fitted(TypeAdapter(AnyDataset).validate_python(tree["dataset"]))
        return base.changed(changes)

    def _epochs_factor(self, dataset: Dataset) -> float:
        usual, here = (
            steps_per_epoch(d.training_images, self.training.batch_size) for d in (self.dataset or Mnist5k(), dataset)
        )
        return max(1.0, usual / here)


def _even_batches(training: Training, images: int) -> Training:
    """Return the training with a batch size, near its own, that leaves no small batch, and never one of one image."""
    size = math.ceil(images / math.ceil(images / training.batch_size))
    while images % size == 1:
        size += 1
    return training.model_copy(update={"batch_size": size})
