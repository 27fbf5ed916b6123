"""A grid of pictures, each over its reconstruction, the difference and the error."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import streamlit as st

from aecore.datasets import Split
from aecore.images import Pixels, as_colour, difference, tile, to_pixels, to_png
from pages.parts.pictures import img


class Order(StrEnum):
    """In which order pictures are shown."""

    RANDOM = "Random"
    WORST = "Worst first"
    BEST = "Best first"


def choose_pictures(
    labels: Sequence[int], errors: Sequence[float], classes: Sequence[int], order: Order, count: int, seed: int
) -> list[int]:
    """Indices of the pictures to show."""
    possible = [i for i, label in enumerate(labels) if not classes or label in classes]
    if order == Order.RANDOM:
        return random.Random(seed).sample(possible, min(count, len(possible)))
    return sorted(possible, key=lambda i: errors[i], reverse=order == Order.WORST)[:count]


def grid(
    test: Split, reconstructions: Pixels, errors: Sequence[float], chosen: Sequence[int], names: Sequence[str]
) -> None:
    """Original, reconstruction and difference of each chosen picture, one under the other."""
    if not chosen:
        st.caption("There are no pictures of this kind among the test pictures.")
        return
    size = test.images[0].numel()
    cells = []
    for i, stack in zip(chosen, _stacks(test, reconstructions, chosen), strict=True):
        name, error = names[int(test.labels[i])], errors[i] / size
        picture = img(stack, f"Test picture {i}, a {name}: original, reconstruction, difference; MSE {error:.4f}")
        cells.append(f"<figure>{picture}<figcaption>{name}<small>{error:.4f}</small></figcaption></figure>")
    mean = sum(errors[i] for i in chosen) / len(chosen) / size
    every = sum(errors) / len(errors) / size
    st.html(f'<div class="grid numbers">{"".join(cells)}</div>')
    st.caption(
        "From top to bottom: original, reconstruction, difference (:blue[blue] where the copy is too dark, "
        ":orange[orange] where it is too bright). Under each: its class and its mean squared error per pixel. "
        f"Mean of these {len(chosen)}: **{mean:.4f}**; of all {len(errors):,} test pictures: **{every:.4f}**."
    )


def sheet_png(test: Split, reconstructions: Pixels, chosen: Sequence[int]) -> bytes:
    """The chosen stacks as one picture, each pixel enlarged."""
    return to_png(tile(np.stack(_stacks(test, reconstructions, chosen)), 12, gap=4), scale=4)


def _stacks(test: Split, reconstructions: Pixels, chosen: Sequence[int]) -> list[Pixels]:
    """For each chosen picture (3 H, W, 3): original, reconstruction and difference."""
    indices = list(chosen)
    originals, copies = to_pixels(test.images[indices]), reconstructions[indices]
    rows = [as_colour(originals), as_colour(copies), difference(originals, copies)]
    return list(np.concatenate(rows, axis=1))
