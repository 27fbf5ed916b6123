"""The loss curves of the compared runs on a common axis, with PCA's error at each latent size."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aecore.runs.comparison.timeline import AXES
from aecore.runs.listing import Entry
from pages.parts.compare.shown_runs import is_training, label, names
from pages.parts.components.comparison_chart import RunCurve, comparison_chart
from pages.parts.runs.loss_chart import baseline_level, loss_unit, record_row, sampled
from pages.parts.shell import errors, text

HEIGHT = 430


@errors.fragment("The curves")
def curves(entries: Sequence[Entry]) -> None:
    """Draw a chart for each unit of the loss, because losses of different units cannot share an axis."""
    if not entries:
        return
    by_unit: dict[str, list[RunCurve]] = {}
    for number, (entry, name) in enumerate(zip(entries, names(entries), strict=True)):
        by_unit.setdefault(loss_unit(entry.config), []).append(_curve(number, name, entry))
    if len(by_unit) > 1:
        units = "; ".join(
            f"{' and '.join(label(curve.number) for curve in group)}: {unit}" for unit, group in by_unit.items()
        )
        text.info(f"The runs have losses of different units, each in a chart of its own ({units}).")
    for i, (unit, group) in enumerate(by_unit.items()):
        comparison_chart(f"comparison-chart-{unit}", group, AXES, unit, HEIGHT, has_controls=i == 0)
    if len({entry.config.dataset for entry in entries}) > 1:
        text.info("The runs were validated on different data: compare each run with the PCA of its own data.")
    st.caption(
        "Thick lines: validation; thin lines: training; dashed: PCA with as many components as the code has numbers, "
        "on the validation set. Losses without penalties, so that a VAE's is its reconstruction part. Drag to zoom."
    )


def _curve(number: int, name: str, entry: Entry) -> RunCurve:
    run, config = entry.run, entry.config
    records = run.metrics()
    return RunCurve(
        run=run.id,
        number=number,
        name=name,
        records=[record_row(records[i]) for i in sampled(records)],
        images_per_epoch=config.dataset.training_images,
        baseline=baseline_level(run.results("baseline"), config),
        is_live=is_training(run),
    )
