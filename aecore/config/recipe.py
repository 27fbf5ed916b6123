"""Recipe: named run settings, fitted to the dataset that they train on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

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

    def config(self, dataset: Dataset | None = None) -> RunConfig:
        """Return the config for a dataset; by default the recipe's own, or the fullest on this machine.

        Raises:
            pydantic.ValidationError: the recipe is not for such data.
        """
        return RunConfig.model_validate(dict(self.fitted(dataset or self.dataset or default_dataset())))

    def fitted(self, dataset: Dataset) -> RunConfig:
        """Return the config for a dataset without validation.

        A small collection of a user's own images has few batches: all numbers of epochs are multiplied, so that the
        weights are updated as often as on the images that the recipe was made for.
        """
        factor = self._epochs_factor(dataset)
        groups = {name: scale_epochs(getattr(self, name), factor) for name in _GROUPS}
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
        if not dataset.size_varies:
            return 1.0
        usual, here = (
            steps_per_epoch(d.images or d.max_images(), self.training.batch_size)
            for d in (self.dataset or Mnist5k(), dataset)
        )
        return max(1.0, usual / here)
