"""Directions in latent space: traversals of single dimensions, and the direction from one class to another."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def traverse(
    code: Tensor, deviations: Tensor, dimensions: Tensor, count: int = 9, max_deviations: float = 3.0
) -> Tensor:
    """Vary one dimension of a code at a time.

    Args:
        code: (D,), the starting point.
        deviations: (D,) standard deviations of the latent dimensions.
        dimensions: (K,) indices of the dimensions to vary.
        count: number of steps; with an odd count, the middle step is the code itself.
        max_deviations: distance of the first and the last step from the code, in standard deviations.

    Returns:
        (K, count, D).
    """
    steps = torch.linspace(-max_deviations, max_deviations, count)
    codes = code.repeat(len(dimensions), count, 1)
    for row, dimension in enumerate(dimensions.tolist()):
        codes[row, :, dimension] += steps * deviations[dimension]
    return codes


def class_direction(codes: Tensor, labels: Tensor, target: Sequence[int], source: Sequence[int]) -> Tensor:
    """Compute the mean code of the target classes minus the mean code of the source classes.

    Vector arithmetic as in Mikolov et al., Distributed representations of words and phrases and their
    compositionality, NeurIPS 2013.

    Args:
        codes: (N, D).
        labels: (N,).
        target: classes whose mean is added.
        source: classes whose mean is subtracted.

    Returns:
        (D,).

    Raises:
        ValueError: the target or the source classes have no code.
    """
    means = []
    for classes in (target, source):
        members = codes[torch.isin(labels, torch.tensor(list(classes), dtype=labels.dtype))]
        if not len(members):
            raise ValueError(f"There is no code of class {list(classes)} among the {len(codes):,} codes.")
        means.append(members.mean(dim=0))
    return means[0] - means[1]
