"""Parallel coordinates of runs."""

from __future__ import annotations

import pytest

from aecore.config.run_config import RunConfig
from aecore.runs.comparison.coordinates import coordinate_axes
from aecore.runs.comparison.scores import ScoreRow

ROW = ScoreRow("id", "Run", "MNIST", "clean", "Dense", 4, 100, 0.1, 1.0, 10.0, 0.5, 0.2, 3.0, 50.0)
ALWAYS = ["Latent size", "Parameters", "Seconds", "PSNR, dB", "SSIM", "BCE", "Test MSE"]

#: Changes of the configs, changes of their rows, and the titles of the axes.
AXES = {
    "no runs": ([], [], []),
    "equal settings": ([{}, {}], [{}, {}], ALWAYS),
    "a setting differs": ([{}, {"training.batch_size": 64}], [{}, {}], ["Training · Batch size", *ALWAYS]),
    "a setting that one lacks": ([{}, {"penalty": {"kind": "l1", "weight": 0.5}}], [{}, {}], ALWAYS),
    "a truth value differs": ([{}, {"network": {"kind": "dense", "tied": True}}], [{}, {}], ALWAYS),
    "the latent size differs": ([{}, {"bottleneck.latent": 3}], [{}, {"latent": 3}], ALWAYS),
    "a score is missing": ([{}, {}], [{}, {"ssim": None}], [title for title in ALWAYS if title != "SSIM"]),
}


@pytest.mark.parametrize(("configs", "rows", "titles"), AXES.values(), ids=AXES)
def test_axes(configs, rows, titles):
    rows = [ScoreRow(**{**vars(ROW), **row}) for row in rows]
    assert [axis.title for axis in coordinate_axes(rows, [RunConfig().changed(c) for c in configs])] == titles


#: Seconds of each run, their positions, and the labels of the ticks.
SCALES = {
    "linear": ([1.0, 2.0], [1.0, 2.0], ["1", "2"]),
    "logarithmic": ([1.0, 100.0], [0.0, 2.0], ["1", "100"]),
    "zero": ([0.0, 100.0], [0.0, 100.0], ["0", "100"]),
    "many": ([float(i) for i in range(11)], [float(i) for i in range(11)], ["0", "2", "4", "6", "8", "10"]),
    "many, logarithmic": (
        [1.0, 2, 5, 20, 100, 300, 5000], [0, 0.30103, 0.69897, 1.30103, 2, 2.47712, 3.69897],
        ["1", "10", "100", "1,000", "5,000"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("values", "positions", "labels"), SCALES.values(), ids=SCALES)
def test_scale_and_ticks_follow_the_values(values, positions, labels):
    rows = [ScoreRow(**{**vars(ROW), "seconds": value}) for value in values]
    axis = next(a for a in coordinate_axes(rows, [RunConfig()] * len(rows)) if a.title == "Seconds")
    assert axis.positions == pytest.approx(positions, abs=1e-5)
    assert list(axis.labels) == labels
    assert len(axis.ticks) == len(labels)
