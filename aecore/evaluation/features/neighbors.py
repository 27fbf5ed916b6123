"""Nearest training examples of pictures: by code, by PCA of equal size, and by pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from aecore.analysis.neighbors import exact_distances
from aecore.analysis.pca import PCA
from aecore.data.pixels import BATCH_SIZE, batches, to_float
from aecore.models.autoencoder import Autoencoder

#: Of codes that are kept, and of projections: with larger codes, fewer training examples are searched.
MAX_VALUES = 2**24
_MAX_COMPARED = 2**22  # values converted at a time

#: Titles of what distances are measured between, by name.
SPACES = {"codes": "Codes", "pca": "PCA", "pixels": "Pixels"}


@dataclass(frozen=True)
class Neighbors:
    """The nearest training examples of M queries, the nearest first."""

    indices: Tensor  # (M, count)
    distances: Tensor  # (M, count), Euclidean


@dataclass(frozen=True)
class SearchedSet:
    """Codes and PCA projections of the first training examples of a run."""

    codes: Tensor  # (N, D)
    projections: Tensor  # (N, K), K is D, or all components if there are fewer
    pca: PCA  # with K components

    def __len__(self) -> int:
        return len(self.codes)

    def nearest(self, model: Autoencoder, training: Tensor, queries: Tensor, count: int) -> dict[str, Neighbors]:
        """Find the nearest training examples of queries in each of `SPACES`.

        Args:
            model: the model that has encoded the training examples.
            training: the training examples (N or more, *input_shape), uint8 or floats.
            queries: (M, *input_shape), uint8, or floats in [0, 1].
            count: number of neighbors per query, or all examples if there are fewer.
        """
        x = to_float(queries)
        pairs = (
            (self.codes, model.encode(x).flatten(1).float().cpu()),
            (self.projections, self.pca.project(x, len(self.pca.components))),
            (training[: len(self)], queries),
        )
        return {name: nearest_examples(*pair, count) for name, pair in zip(SPACES, pairs, strict=True)}


def nearest_examples(features: Tensor, queries: Tensor, count: int) -> Neighbors:
    """Find the features nearest to each query by Euclidean distance, exactly.

    Args:
        features: (N, ...), floats, or uint8 pixels, which are scaled to [0, 1].
        queries: (M, ...), in the same form, or floats in [0, 1] for pixels.
        count: number of neighbors per query, or N if there are fewer.
    """
    flat = to_float(queries).flatten(1)
    size = max(1, _MAX_COMPARED // max(1, flat.shape[1]))
    distances = torch.cat([exact_distances(flat, x.flatten(1)) for x in batches(features, size)], dim=1)  # (M, N)
    found = distances.topk(min(count, len(features)), largest=False)
    return Neighbors(found.indices, found.values)


def searched_count(examples: int, latent_size: int) -> int:
    """Return how many of the training examples are searched."""
    return min(examples, max(1, MAX_VALUES // latent_size))


def encode_searched(model: Autoencoder, pca: PCA, training: Tensor) -> Iterator[tuple[int, SearchedSet | None]]:
    """Encode training examples batch by batch; yield how many are encoded, and with the last one the result.

    Args:
        model: a trained model.
        pca: fitted to the training examples, with at least as many components as the code has numbers, or all.
        training: the examples to search (N, *input_shape), at least one.
    """
    codes, projections, done = list[Tensor](), list[Tensor](), 0
    for x in batches(training, BATCH_SIZE):
        codes.append(model.encode(x).flatten(1).float().cpu())
        size = codes[-1].shape[1]
        leading = PCA(pca.mean, pca.components[:size])
        projections.append(leading.project(x, size))
        done += len(x)
        yield done, SearchedSet(torch.cat(codes), torch.cat(projections), leading) if done == len(training) else None
