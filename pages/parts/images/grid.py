"""A grid of pictures, each over its reconstruction, the difference and the error."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import streamlit as st

from aecore.evaluation.scores import ReconstructedSet
from aecore.images import Pixels, difference_image, tile, to_pixels, to_png, to_rgb
from pages.parts.images.html import img


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


def grid(shown: ReconstructedSet, labels: Sequence[int], chosen: Sequence[int], names: Sequence[str]) -> None:
    """Original, perhaps its noisy version, reconstruction and difference of each chosen one, under each other."""
    if not chosen:
        st.caption("There are no pictures of this kind among the test pictures.")
        return
    pictures, size = shown.originals.dim() == 4, shown.originals[0].numel()
    cells = []
    for i, stack in zip(chosen, _stacks(shown, chosen), strict=True):
        name, error = names[labels[i]] if names else f"{i + 1}", float(shown.errors[i]) / size
        which = f"picture {i}, a {name}" if names else f"example {name}"
        alt = f"Test {which}: {', '.join(_rows(shown))}; MSE {error:.4f}"
        cells.append(f"<figure>{img(stack, alt)}<figcaption>{name}<small>{error:.4f}</small></figcaption></figure>")
    mean, every = (float(errors.mean()) / size for errors in (shown.errors[list(chosen)], shown.errors))
    st.html(f'<div class="grid numbers">{"".join(cells)}</div>')
    colors = " (:blue[blue] where the copy is too dark, :orange[orange] where it is too bright)" if pictures else ""
    label = "its class and its mean" if names else "its mean"
    st.caption(
        f"From top to bottom: {', '.join(_rows(shown))}{colors}. Under each: {label} squared error per "
        f"{'pixel' if pictures else 'number'}. Mean of these {len(chosen)}: **{mean:.4f}**; "
        f"of all {len(shown.errors):,} in the test set: **{every:.4f}**."
    )


def sheet_png(shown: ReconstructedSet, chosen: Sequence[int]) -> bytes:
    """The chosen stacks as one picture, each pixel enlarged."""
    return to_png(tile(np.stack(_stacks(shown, chosen)), 12, gap=4), scale=4)


def _rows(shown: ReconstructedSet) -> list[str]:
    return ["original", *(["with noise"] if shown.noisy is not None else []), "reconstruction", "difference"]


def _stacks(shown: ReconstructedSet, chosen: Sequence[int]) -> list[Pixels]:
    """For each chosen one (rows x H, W, 3): the rows named above."""
    indices = list(chosen)
    originals, answers = shown.originals[indices], shown.reconstructions[indices]
    given = [] if shown.noisy is None else [shown.noisy[indices]]
    rows = [to_rgb(to_pixels(pictures)) for pictures in (originals, *given, answers)]
    is_picture = originals.dim() == 4
    gap = difference_image(rows[0], rows[-1]) if is_picture else to_rgb(to_pixels(answers - originals))
    return list(np.concatenate([*rows, gap], axis=1))
