"""Vectors: random or user-supplied rows of numbers, for autoencoders on data other than images."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from aecore.data.base import Data, Dataset, Shape, Split
from aecore.data.inputs import Values, as_examples, as_tensor
from aecore.errors import DataUnavailable, InvalidInput

TEST_ROWS = 100
MAX_FEATURES = 10_000


class Vectors(Dataset):
    """Random features: independent, each from a standard normal.

    Independent features are the hardest case for compression: a code of lower dimension must lose information.
    """

    kind: Literal["vectors"] = "vectors"
    title = "Vectors"
    unit = "vector"
    capacity = 100_000

    images: int = Field(
        100,
        ge=10,
        title="Training vectors",
        description="Number of vectors to train on.",
        json_schema_extra={"main": True, "step": 50},
    )
    validation: int = Field(
        100,
        ge=0,
        title="Validation vectors",
        description="Drawn separately from the training vectors, to detect overfitting.",
    )
    features: int = Field(10, ge=1, le=MAX_FEATURES, title="Features", description="Dimension of each vector.")
    seed: int | None = Field(
        0, ge=0, lt=2**31, title="Data seed", description="Seed of the random vectors; empty for rows of an own array."
    )

    @property
    def input_shape(self) -> Shape:
        return (self.features,)

    def available(self) -> bool:
        return self.seed is not None

    def unavailable_message(self) -> str:
        return (
            "These vectors are the rows of an array, which is not stored with the settings. Pass them from Python, "
            "train(config, data), or give a data seed to train on random vectors."
        )

    def load(self) -> Data:
        if self.seed is None:
            raise DataUnavailable(self.unavailable_message())
        # One generator per split, so that the size of one split does not change the values of another.
        training, validation, test = (
            torch.from_numpy(np.random.default_rng([self.seed, i]).standard_normal((rows, self.features), np.float32))
            for i, rows in enumerate((self.images, self.validation, TEST_ROWS))
        )
        return Data(_unlabeled(training), _unlabeled(validation), _unlabeled(test), ())

    @classmethod
    def from_array(cls, array: Values, validation: int = 0) -> tuple[Self, Data]:
        """Create a dataset from a float array.

        Args:
            array: vectors (N, features).
            validation: number of last rows to hold out. They are also the test rows; with 0, all rows are.

        Returns:
            The settings, which describe only the shape, and the data to pass to `train`. Without a seed, their `load`
            raises DataUnavailable: a stored run never trains on other rows.

        Raises:
            InvalidInput: the array has another shape, values that are not finite, or too few rows.
        """
        rows = as_tensor(array, "vectors").float()
        if rows.ndim != 2 or not 1 <= rows.shape[1] <= MAX_FEATURES:
            raise InvalidInput(
                f"The array has the shape {tuple(rows.shape)}; it must be (N, features), with 1 to {MAX_FEATURES:,} "
                "features."
            )
        rows = as_examples(rows, (rows.shape[1],))
        if validation not in range(len(rows) - 9):
            raise InvalidInput(
                f"The array has {len(rows):,} rows, of which {validation} are to be held out; this must be a whole "
                "number that leaves at least 10 rows to train on."
            )
        validation = int(validation)
        training, held_out = rows[: len(rows) - validation], rows[len(rows) - validation :]
        dataset = cls(images=len(training), validation=validation, features=rows.shape[1], seed=None)
        test = held_out if validation else rows
        return dataset, Data(_unlabeled(training), _unlabeled(held_out), _unlabeled(test), ())


def _unlabeled(rows: Tensor) -> Split:
    return Split(rows, torch.zeros(len(rows), dtype=torch.int64))
