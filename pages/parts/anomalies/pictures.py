"""The test images with the largest and the smallest scores, and where their reconstructions fail."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.evaluation.anomaly.scores import error_maps
from aecore.images import heat_overlay, to_pixels, to_rgb
from aecore.runs.run import Run
from pages.parts.anomalies.scored import Compared
from pages.parts.images.html import sheets
from pages.parts.shell import errors, resources

COUNT = 8  # images in a strip


@errors.fragment("The images")
def pictures(run: Run, config: RunConfig, method: Compared) -> None:
    """Draw four strips: the extremes of all test images, and the two kinds of mistakes."""
    unit = "digit" if config.dataset.shows_digits else "image"
    order, normal = method.scores.argsort(descending=True), method.is_normal
    is_normal = normal[order]
    strips = (
        ("Most anomalous", order[:COUNT]),
        ("Least anomalous", order.flip(0)[:COUNT]),
        (f"Normal {unit}s with the largest scores", order[is_normal][:COUNT]),
        (f"Anomalous {unit}s with the smallest scores", order[~is_normal].flip(0)[:COUNT]),
    )
    for pair in (strips[:2], strips[2:]):
        for column, (title, indices) in zip(st.columns(2, gap="large"), pair, strict=True):
            with column:
                st.markdown(f"**{title}**")
                _strip(run, config, indices.tolist())
    st.caption(
        "Above each image, its class. The error is the autoencoder's, whichever score is chosen: the squared "
        "difference from the reconstruction after averaging over 3 × 3 pixels, orange where it is large."
    )


def _strip(run: Run, config: RunConfig, indices: Sequence[int]) -> None:
    data, model = resources.data(config.dataset), resources.model(run)
    images = data.test.images[list(indices)]
    maps = error_maps(model, images)
    drawn = to_rgb(to_pixels(images))
    rows = [
        ("image", drawn),
        ("reconstruction", to_rgb(to_pixels(model.reconstruct(images)))),
        ("error", heat_overlay(drawn, np.asarray(maps / maps.max().clamp(min=1e-12)))),
    ]
    names = [data.class_names[label] for label in data.test.labels[list(indices)].tolist()]
    sheets(rows, COUNT, names)
