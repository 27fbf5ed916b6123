"""Denoising methods compared: a table over all kinds of noise, and a chart over the strength of one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

import streamlit as st

from aecore.analysis.filters import Filter, classical_filters
from aecore.analysis.pca import fit_pca
from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.pixels import to_float
from aecore.evaluation.denoising import NOISY_INPUT, TUNING_IMAGES, MethodScore, score_denoiser, score_filters
from aecore.objectives.corruptions import AdjustableCorruption, NoCorruption
from aecore.runs.run import Run
from pages.parts.components.psnr_chart import Curve, psnr_chart
from pages.parts.denoise.controls import levels_with_trained, noise_options, trained_noise
from pages.parts.images.html import table
from pages.parts.shell import errors, resources

CHART_LEVELS = 7
TEST_IMAGES = 100  # more would change the first decimal at most
PCA_IMAGES = 5000
DENOISER, PLAIN, THIS_MODEL = "This denoiser", "Plain model, same size", "This model"
HEIGHT = 400

Points = Sequence[Sequence[MethodScore]]  # for each noise and strength, the point of each method


@errors.fragment("The comparison")
def comparison(run: Run, config: RunConfig, noise: AdjustableCorruption) -> None:
    """Draw the table and the chart of the run's model and the baselines."""
    baseline, trained = clean_baseline(run, config), trained_noise(config)
    columns = [_noise_for_table(kind, trained, noise) for kind in noise_options()]
    chart_levels = levels_with_trained(noise, trained, CHART_LEVELS)[1:]
    measured = [(n, n.strength) for n in columns] + [(noise, level) for level in chart_levels]
    points = _measure(run, baseline, config, measured)
    table_points, chart_points = points[: len(columns)], points[len(columns) :]
    st.subheader("Compared with classical filters", anchor=False)
    _table(columns, table_points, trained, _image_count(config))
    _chart(noise, chart_levels, chart_points, config)


def clean_baseline(run: Run, config: RunConfig) -> Run | None:
    """A run with the same settings but no corruption, trained or in training; None if there is none."""
    if config.corruption.does_nothing:
        return None
    clean = clean_config(config)
    others = (e for e in resources.store().entries() if e.run.id != run.id and e.config == clean)
    return next((other.run for other in others if other.state.active or other.run.model_step()), None)


def clean_config(config: RunConfig) -> RunConfig:
    """The same settings without corruption."""
    return config.model_copy(update={"corruption": NoCorruption()})


def _noise_for_table(
    kind: str, trained: AdjustableCorruption | None, noise: AdjustableCorruption
) -> AdjustableCorruption:
    """A kind of noise: as trained, else as set on the page, else at its default strength."""
    if trained and trained.kind == kind:
        return trained
    return noise if noise.kind == kind else noise_options()[kind].model_validate({})


def _measure(
    run: Run, baseline: Run | None, config: RunConfig, measured: Sequence[tuple[AdjustableCorruption, float]]
) -> list[list[MethodScore]]:
    """The points of all methods for each noise and strength; a progress bar, because it takes seconds if not cached."""
    bar, points = st.empty(), []
    name = THIS_MODEL if config.corruption.does_nothing else DENOISER
    for done, (noise, level) in enumerate(measured):
        bar.progress(done / len(measured), f"Comparing on {_image_count(config)} test {config.dataset.unit}s …")
        row = [_model_point(run, config, noise, level, name)]
        if baseline and not baseline.state().active:
            row.append(_model_point(baseline, config, noise, level, PLAIN))
        points.append([*row, *_filter_points(config, noise, level)])
    bar.empty()
    return points


def _model_point(run: Run, config: RunConfig, noise: AdjustableCorruption, level: float, name: str) -> MethodScore:
    return _cached_model_point(run.id, run.model_step(), noise.kind, level, name, run, config, noise)


@st.cache_data(max_entries=500, show_spinner=False)
def _cached_model_point(
    run_id: str,
    step: int | None,
    kind: str,
    level: float,
    name: str,
    _run: Run,
    _config: RunConfig,
    _noise: AdjustableCorruption,
) -> MethodScore:
    images = resources.data(_config.dataset).test.images[: _image_count(_config)]
    return score_denoiser(name, resources.model(_run), images, _noise, level)


def _filter_points(config: RunConfig, noise: AdjustableCorruption, level: float) -> list[MethodScore]:
    return _cached_filter_points(config.dataset.model_dump_json(), noise.kind, level, config, noise)


@st.cache_data(max_entries=500, show_spinner=False)
def _cached_filter_points(
    key: str, kind: str, level: float, _config: RunConfig, _noise: AdjustableCorruption
) -> list[MethodScore]:
    data, count = resources.data(_config.dataset), _image_count(_config)
    methods, tuned_on = _filters(key, data), max(4, TUNING_IMAGES * count // TEST_IMAGES)
    # Validation images, on which PCA was not fitted, if there are enough.
    tuning = data.validation if len(data.validation) >= tuned_on else data.training
    return list(score_filters(methods, data.test.images[:count], tuning.images, _noise, level, tuned_on))


def _image_count(config: RunConfig) -> int:
    """The number of test images to compare on: fewer if they are large, because filters take longer."""
    count = TEST_IMAGES * 784 // math.prod(config.dataset.input_shape)
    return min(max(10, min(TEST_IMAGES, count)), len(resources.data(config.dataset).test))


@st.cache_resource(max_entries=4, show_spinner=False)
def _filters(key: str, _data: Data) -> tuple[Filter, ...]:
    return classical_filters(fit_pca(to_float(_data.training.images[:PCA_IMAGES])))


def _table(
    columns: Sequence[AdjustableCorruption], points: Points, trained: AdjustableCorruption | None, count: int
) -> None:
    head = [
        f"{escape(noise.title)} {noise.strength:g}{'<small>trained</small>' if noise == trained else ''}"
        for noise in columns
    ]
    best = [max(point.psnr for point in column) for column in points]
    rows = [
        (method[0].method, [_cell(point, point.psnr == psnr) for point, psnr in zip(method, best, strict=True)])
        for method in _by_method(points)
    ]
    st.html(table(rows, ["", *head], "scores noise-scores numbers"))
    st.caption(
        f"PSNR in dB and, next to it, SSIM: means over {count} test images; higher is better, and the best PSNR is "
        "bold. Each filter, and PCA's number of components, is tuned for the noise on images outside the test set; "
        "hover over a value to see its setting."
    )


def _cell(point: MethodScore, is_best: bool) -> str:
    psnr = f"<b>{point.psnr:.1f}</b>" if is_best else f"{point.psnr:.1f}"
    return f'<span title="{escape(point.setting)}">{psnr}<small>{point.ssim:.2f}</small></span>'


def _chart(noise: AdjustableCorruption, levels: Sequence[float], points: Points, config: RunConfig) -> None:
    trained = trained_noise(config)
    is_trained = trained is not None and trained.kind == noise.kind
    mark = trained.strength if trained and is_trained else None
    curves = [_curve(method) for method in _by_method(points)]
    psnr_chart("psnr-chart", levels, curves, noise.title, mark, HEIGHT, _alt_text(noise, points))
    training = "the noise that the model was trained on" if is_trained else "the model was not trained on this noise"
    if config.corruption.does_nothing:
        training = "the model was trained on clean images only"
    st.caption(f"{noise.title}: {training}.")


def _curve(method: Sequence[MethodScore]) -> Curve:
    name = method[0].method
    values, notes = [round(point.psnr, 2) for point in method], [point.setting for point in method]
    return Curve(name, values, notes, 3.5 if name == DENOISER else 1.7, (2, 3) if name == NOISY_INPUT else ())


def _by_method(points: Points) -> Iterator[tuple[MethodScore, ...]]:
    return zip(*points, strict=True)


def _alt_text(noise: AdjustableCorruption, points: Points) -> str:
    ends = ", ".join(
        f"{curve[0].method} from {curve[0].psnr:.1f} to {curve[-1].psnr:.1f}" for curve in _by_method(points)
    )
    return f"PSNR in decibels over the strength of the noise ({noise.title}): {ends}."
