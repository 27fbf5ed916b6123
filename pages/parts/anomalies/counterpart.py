"""The same model trained without corruption, or with one: what a training to repair changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
from torch import Tensor

from aecore.config.recipes import RECIPES
from aecore.config.run_config import RunConfig
from aecore.evaluation.anomaly.scores import error_maps
from aecore.images import heat_overlay, to_pixels, to_rgb
from aecore.objectives.corruptions import NoCorruption
from aecore.objectives.corruptions.structured import StructuredCorruption
from aecore.runs.listing import Entry
from aecore.runs.run import Run
from aecore.runs.sweeps.cost import duration_text
from pages.parts.anomalies.controls import RECIPE
from pages.parts.anomalies.pictures import COUNT
from pages.parts.anomalies.scored import Compared, compared, title
from pages.parts.anomalies.threshold import histograms
from pages.parts.components.live_status import live_status
from pages.parts.images.html import sheets
from pages.parts.runs import live_text, state_label
from pages.parts.shell import errors, resources, session
from pages.parts.train import train_button


def choose_counterpart(run: Run, config: RunConfig) -> Run | None:
    """Draw a checkbox for the counterpart of a run; return it if it is chosen and trained.

    Without one, a button trains it.
    """
    plain = config.corruption.does_nothing
    other = "to repair images" if plain else "without corruption"
    if not st.checkbox(
        f"Beside it: trained {other}", key=session.COUNTERPART.name, bind="query-params",
        help="The same model, trained with and without a structured corruption. A network that only copies can copy "
        "what is anomalous too. One that repairs pasted patches, scratches, blobs or shuffled patches redraws it as "
        "something normal. All else is equal: data, network, length and seed.",
    ):  # fmt: skip
        return None
    entry = _find(config)
    if entry is None:
        wanted = config.model_copy(update={"corruption": RECIPES[RECIPE].corruption if plain else NoCorruption()})
        row = st.container(horizontal=True, vertical_alignment="center")
        with row.container(width=130):
            train_button.button("counterpart", wanted, RECIPE, "Train it", primary=False)
        row.caption(f"It has not been trained {other} yet. This run took {duration_text(run.state().seconds)}.")
    elif entry.state.active:
        live_status(
            entry.run.id, entry.state.status, live_text.current_label(entry.run, entry.state), entry.state.name,
            state_label.ICONS,
        )  # fmt: skip
    else:
        return entry.run
    return None


def _find(config: RunConfig) -> Entry | None:
    """A run that has finished, or one in training, which differs from a config in having a corruption or none."""
    alike = [entry for entry in resources.store().entries() if _is_counterpart(config, entry.config)]
    finished = [entry for entry in alike if entry.state.status == "finished" and entry.run.readable()]
    return next(iter([*finished, *(entry for entry in alike if entry.state.active)]), None)


def _is_counterpart(config: RunConfig, other: RunConfig) -> bool:
    plain, changed = (other, config) if other.corruption.does_nothing else (config, other)
    if not plain.corruption.does_nothing or changed.corruption.does_nothing:
        return False
    if changed is other and not isinstance(other.corruption, StructuredCorruption):
        return False  # noise alone is no structure
    return changed.model_copy(update={"corruption": plain.corruption}) == plain


def side_by_side(run: Run, other: Run, score: str, method: Compared, normal_names: Sequence[str]) -> None:
    """Draw the histograms of two counterparts, and the same images as reconstructed by both."""
    methods = compared(other, other.config())
    if methods is None:
        return
    if score not in methods:  # damaged meanwhile
        return
    pair = {run.id: (run, method), other.id: (other, methods[score])}
    plain_first = sorted(pair.values(), key=lambda item: not item[0].config().corruption.does_nothing)
    for column, (shown, values) in zip(st.columns(2, gap="large"), reversed(plain_first), strict=True):
        with column:
            st.markdown(
                f"**{_training(shown)}**  \nAUROC {100 * values.auroc:.1f}, average precision "
                f"{100 * values.average_precision:.1f}"
            )
            histograms(shown, score, values, normal_names)
    st.caption(
        f"{title(score)} of the same test images by two models that differ in the corruption alone, from one training "
        "each. Baselines do not depend on it."
    )
    (plain, values), (repairing, _) = plain_first
    _pictures(plain, repairing, _copied(values))


def _training(run: Run) -> str:
    corruption = run.config().corruption
    return "Trained without corruption" if corruption.does_nothing else f"Trained to repair: {corruption.title.lower()}"


def _copied(method: Compared) -> list[int]:
    """The anomalous test images with the smallest scores."""
    order = method.scores.argsort()
    chosen: Tensor = order[~method.is_normal[order]][:COUNT]
    return chosen.tolist()


@errors.fragment("The images")
def _pictures(plain: Run, repairing: Run, indices: Sequence[int]) -> None:
    """Draw the images that the plain model copies best, with both reconstructions and errors on one scale."""
    data = resources.data(plain.config().dataset)
    images = data.test.images[list(indices)]
    models: Mapping[str, Run] = {"without": plain, "with": repairing}
    maps = {name: error_maps(resources.model(run), images) for name, run in models.items()}
    largest = max(float(shown.max()) for shown in maps.values()) or 1.0
    drawn = to_rgb(to_pixels(images))
    rows = [("image", drawn)]
    for name, run in models.items():
        rows.append((f"{name}: reconstruction", to_rgb(to_pixels(resources.model(run).reconstruct(images)))))
        rows.append((f"{name}: error", heat_overlay(drawn, np.asarray(maps[name] / largest))))
    st.markdown("**What the model without corruption misses**")
    left, right = st.columns([2, 1], gap="large")
    with left:
        sheets(rows, COUNT, [data.class_names[label] for label in data.test.labels[list(indices)].tolist()])
    right.caption(
        "The anomalous images with its smallest scores, reconstructed without and with a corruption in training. Both "
        "errors have one scale: orange is where a reconstruction differs from the image."
    )
