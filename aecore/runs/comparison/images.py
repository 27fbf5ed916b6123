"""The example images that several runs share, and how well snapshots reconstruct them."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from aecore.analysis.metrics import squared_error
from aecore.data.pixels import to_float


def shared_examples(examples: Sequence[Tensor]) -> list[list[int]]:
    """Find the examples that all runs have, by their values.

    Args:
        examples: for each run its examples (N, *input_shape).

    Returns:
        For each run the indices of the shared ones, in the same order: that of the first run.
    """
    by_value = [{_fingerprint(example): i for i, example in enumerate(images)} for images in examples]
    first, *others = by_value
    shared = [key for key in first if all(key in other for other in others)]
    return [[indices[key] for key in shared] for indices in by_value]


def mean_squared_errors(originals: Tensor, reconstructions: Tensor) -> list[float]:
    """Compute the squared error per pixel, or per feature of a vector, of each example (N, *input_shape)."""
    images = to_float(originals)
    return (squared_error(images, to_float(reconstructions)) / images[0].numel()).tolist()


def _fingerprint(example: Tensor) -> tuple[object, ...]:
    return example.dtype, tuple(example.shape), example.contiguous().numpy().tobytes()
