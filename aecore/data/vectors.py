"""Vectors: rows of plain numbers, to see an autoencoder at work without pictures."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from aecore.data.base import Data, Dataset, Shape, Split

TEST = 100
MOST_FEATURES = 10_000


class Vectors(Dataset):
    """Rows of standard normal numbers: no picture, and nothing in them to find but what little the rows share.

    Its independent numbers are the hardest case there is: any code with fewer numbers must lose some.
    """

    kind: Literal["vectors"] = "vectors"
    title = "Vectors"
    unit = "vector"
    capacity = 100_000

    images: int = Field(
        100,
        ge=10,
        title="Training vectors",
        description="How many to learn from.",
        json_schema_extra={"main": True, "step": 50},
    )
    validation: int = Field(
        100, ge=0, title="Validation vectors", description="Drawn apart from training, to notice overfitting."
    )
    features: int = Field(10, ge=1, le=MOST_FEATURES, title="Features", description="Numbers in each vector.")
    seed: int = Field(0, ge=0, lt=2**31, title="Seed of the vectors", description="Another seed draws other vectors.")

    @property
    def input_shape(self) -> Shape:
        return (self.features,)

    def load(self) -> Data:
        # Each split has a source of its own, so that the size of one changes no number of another.
        training, validation, test = (
            torch.from_numpy(np.random.default_rng([self.seed, i]).standard_normal((rows, self.features), np.float32))
            for i, rows in enumerate((self.images, self.validation, TEST))
        )
        return Data(_unlabelled(training), _unlabelled(validation), _unlabelled(test), ())

    @classmethod
    def of(cls, array: Tensor, validation: int = 0) -> tuple[Self, Data]:
        """Any float array as a data set: the settings that describe it, and the data to give to `train`.

        The settings hold its shape alone: their `load` draws other, random rows.

        Args:
            array: rows of numbers (N, features).
            validation: how many of the last rows are held back. The test rows are the same, or all if none are.

        Raises:
            ValueError: the array is not of that shape, holds what is no number, or has too few rows.
        """
        rows = torch.as_tensor(array).float()
        if rows.ndim == 2 and rows.shape[1] > MOST_FEATURES:
            raise ValueError(f"Vectors have at most {MOST_FEATURES:,} numbers each; given are {rows.shape[1]:,}.")
        if rows.ndim != 2 or not bool(rows.isfinite().all()):
            raise ValueError(f"Vectors are finite numbers of shape (N, features); given is shape {tuple(rows.shape)}.")
        if not 0 <= validation <= len(rows) - 10:
            raise ValueError(f"{len(rows)} rows with {validation} held back leave fewer than 10 to learn from.")
        learned, held = rows[: len(rows) - validation], rows[len(rows) - validation :]
        described = cls(images=len(learned), validation=validation, features=rows.shape[1])
        return described, Data(_unlabelled(learned), _unlabelled(held), _unlabelled(held if validation else rows), ())


def _unlabelled(rows: Tensor) -> Split:
    return Split(rows, torch.zeros(len(rows), dtype=torch.int64))
