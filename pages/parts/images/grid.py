"""A grid of test images, each over its reconstruction, the difference and the error."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import StrEnum
from html import escape

import numpy as np
import streamlit as st

from aecore.evaluation.scores import ReconstructedSet
from aecore.images import Pixels, difference_image, tile, to_pixels, to_png, to_rgb
from pages.parts.images.html import img

PNG_COLUMNS = 12
SHORT_NAME = 3  # characters of a class name that fit beside the error


class Order(StrEnum):
    """The order in which images are shown."""

    RANDOM = "Random"
    WORST = "Worst first"
    BEST = "Best first"


def select_indices(
    labels: Sequence[int], errors: Sequence[float], classes: Sequence[int], order: Order, count: int, seed: int
) -> list[int]:
    """Indices of at most `count` images of these classes, or of all classes if there are none."""
    candidates = [i for i, label in enumerate(labels) if not classes or label in classes]
    if order == Order.RANDOM:
        return random.Random(seed).sample(candidates, min(count, len(candidates)))
    return sorted(candidates, key=lambda i: errors[i], reverse=order == Order.WORST)[:count]


def reconstruction_grid(
    shown: ReconstructedSet, labels: Sequence[int], indices: Sequence[int], class_names: Sequence[str]
) -> None:
    """Draw a column for each index: original, noisy input if there is one, reconstruction and difference."""
    if not indices:
        st.caption("The test set has no images of these classes.")
        return
    is_image, size = shown.originals.dim() == 4, shown.originals[0].numel()
    cells = []
    for i, stack in zip(indices, _stacks(shown, indices), strict=True):
        name, error = class_names[labels[i]] if class_names else f"{i + 1}", float(shown.errors[i]) / size
        example = f"{'image' if is_image else 'vector'} {i + 1:,}" + (f", class {name}" if class_names else "")
        alt = f"Test {example}: {', '.join(_row_names(shown))}; MSE {error:.4f}"
        caption = f"<span title='{escape(name)}'>{escape(name)}</span><small>{error:.4f}</small>"
        cells.append(f"<figure>{img(stack, alt)}<figcaption>{caption}</figcaption></figure>")
    mean, total_mean = (float(errors.mean()) / size for errors in (shown.errors[list(indices)], shown.errors))
    long_names = " long-names" if any(len(name) > SHORT_NAME for name in class_names) else ""
    st.html(f'<div class="grid numbers{long_names}">{"".join(cells)}</div>')
    colors = " (:blue[blue]: too dark, :orange[orange]: too bright)" if is_image else ""
    label = "class and MSE" if class_names else "number and MSE"
    st.caption(
        f"From top to bottom: {', '.join(_row_names(shown))}{colors}; {label} per {'pixel' if is_image else 'value'}. "
        f"Mean MSE of these {len(indices)}: **{mean:.4f}**; of all {len(shown.errors):,} in the test set: "
        f"**{total_mean:.4f}**."
    )


def grid_png(shown: ReconstructedSet, indices: Sequence[int]) -> bytes:
    """The grid as one enlarged PNG image."""
    return to_png(tile(np.stack(_stacks(shown, indices)), PNG_COLUMNS, gap=4), scale=4)


def _row_names(shown: ReconstructedSet) -> list[str]:
    return ["original", *(["noisy"] if shown.noisy is not None else []), "reconstruction", "difference"]


def _stacks(shown: ReconstructedSet, indices: Sequence[int]) -> list[Pixels]:
    """For each index, the rows of `_row_names` in one image (rows x H, W, 3)."""
    selected = list(indices)
    originals, reconstructions = shown.originals[selected], shown.reconstructions[selected]
    noisy = [] if shown.noisy is None else [shown.noisy[selected]]
    rows = [to_rgb(to_pixels(images)) for images in (originals, *noisy, reconstructions)]
    is_image = originals.dim() == 4
    last = difference_image(rows[0], rows[-1]) if is_image else to_rgb(to_pixels(reconstructions - originals))
    return list(np.concatenate([*rows, last], axis=1))
