"""Methods against noise compared: a table over kinds of noise, and a chart over the strength of one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

import plotly.graph_objects as go
import streamlit as st

from aecore.analysis.filters import Filter, classical_filters
from aecore.analysis.pca import fit_pca
from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.data.pixels import to_float
from aecore.evaluation.denoising import NOISY_INPUT, TUNING_IMAGES, MethodScore, score_denoiser, score_filters
from aecore.objectives.corruptions import Corruption, NoCorruption
from aecore.runs.run import Run
from pages.parts.denoise.controls import learned, levels_of, noises
from pages.parts.shell import resources

CHART_LEVELS = 7
COMPARED = 100  # test pictures; more would change the first decimal at most
FITTED_ON = 5000
DENOISER, PLAIN, THIS = "This denoiser", "Plain, same size", "This model"
HEIGHT = 400


def comparison(run: Run, config: RunConfig, noise: Corruption) -> None:
    """What the run's model reaches, and what it must beat."""
    twin = plain_twin(run, config)
    usual = learned(config)
    columns = [_at(kind, usual, noise) for kind in noises()]
    chart_levels = levels_of(noise, usual, CHART_LEVELS)[1:]
    wanted = [(n, n.strength) for n in columns] + [(noise, level) for level in chart_levels]
    points = _gather(run, twin, config, wanted)
    table, chart = points[: len(columns)], points[len(columns) :]
    st.subheader("Against what it must beat", anchor=False)
    with st.container(key="rooms-compared"):
        left, right = st.columns([13, 10], gap="large")
    with left:
        _table(columns, table, usual, _count(config))
    with right:
        _chart(noise, chart_levels, chart, usual)


def plain_twin(run: Run, config: RunConfig) -> Run | None:
    """A run, trained or in training, that differs in nothing but that it sees no noise."""
    if learned(config) is None:
        return None
    plain = plain_config(config)
    others = (other for other in resources.store().runs() if other.id != run.id and other.config() == plain)
    return next((other for other in others if other.model_step() or other.state().active), None)


def plain_config(config: RunConfig) -> RunConfig:
    """The same settings without noise."""
    return config.model_copy(update={"corruption": NoCorruption()})


def _at(kind: str, usual: Corruption | None, noise: Corruption) -> Corruption:
    """A kind of noise at the strength that was learned, else the one looked at, else its usual one."""
    if usual and usual.kind == kind:
        return usual
    return noise if noise.kind == kind else noises()[kind].model_validate({})


def _gather(
    run: Run, twin: Run | None, config: RunConfig, wanted: Sequence[tuple[Corruption, float]]
) -> list[list[MethodScore]]:
    """For each noise and strength the points of every method; with its progress, as the first time takes seconds."""
    room, gathered = st.empty(), []
    for done, (noise, level) in enumerate(wanted):
        room.progress(done / len(wanted), f"Comparing on {_count(config)} test {config.dataset.unit}s …")
        name = DENOISER if learned(config) else THIS
        points = [_model_point(run, config, noise, level, name)]
        if twin and not twin.state().active:
            points.append(_model_point(twin, config, noise, level, PLAIN))
        gathered.append([*points, *_filter_points(config, noise, level)])
    room.empty()
    return gathered


def _model_point(run: Run, config: RunConfig, noise: Corruption, level: float, name: str) -> MethodScore:
    return _cached_model_point(run.id, run.model_step(), noise.kind, level, name, run, config, noise)


@st.cache_data(max_entries=500, show_spinner=False)
def _cached_model_point(
    run_id: str, step: int | None, kind: str, level: float, name: str, _run: Run, _config: RunConfig, _noise: Corruption
) -> MethodScore:
    return score_denoiser(
        name, resources.model(_run), resources.data(_config.dataset).test.images[: _count(_config)], _noise, level
    )


def _filter_points(config: RunConfig, noise: Corruption, level: float) -> list[MethodScore]:
    return _cached_filter_points(config.dataset.model_dump_json(), noise.kind, level, config, noise)


@st.cache_data(max_entries=500, show_spinner=False)
def _cached_filter_points(
    key: str, kind: str, level: float, _config: RunConfig, _noise: Corruption
) -> list[MethodScore]:
    data, count = resources.data(_config.dataset), _count(_config)
    methods, tuning_images = _filters(key, data), max(4, TUNING_IMAGES * count // COMPARED)
    # Pictures that PCA was not fitted on, where there are some.
    spare = data.validation if len(data.validation) >= tuning_images else data.training
    return list(score_filters(methods, data.test.images[:count], spare.images, _noise, level, tuning_images))


def _count(config: RunConfig) -> int:
    """On how many test pictures methods are compared: on fewer large ones, which take filters their time."""
    wanted = COMPARED * 784 // math.prod(config.dataset.input_shape)
    return min(max(10, min(COMPARED, wanted)), len(resources.data(config.dataset).test))


@st.cache_resource(max_entries=4, show_spinner=False)
def _filters(key: str, _data: Data) -> tuple[Filter, ...]:
    return classical_filters(fit_pca(to_float(_data.training.images[:FITTED_ON])))


def _table(
    columns: Sequence[Corruption], points: Sequence[Sequence[MethodScore]], usual: Corruption | None, count: int
) -> None:
    heads = "".join(
        f"<th scope='col'>{escape(n.title)} {n.strength:g}{'<small>learned</small>' if n == usual else ''}</th>"
        for n in columns
    )
    rows = ""
    for line in zip(*points, strict=True):
        cells = ""
        for point, column in zip(line, points, strict=True):
            best = point.psnr == max(other.psnr for other in column)
            number = f"<b>{point.psnr:.1f}</b>" if best else f"{point.psnr:.1f}"
            cells += f'<td title="{escape(point.setting)}">{number}<small>{point.ssim:.2f}</small></td>'
        rows += f'<tr><th scope="row">{escape(line[0].method)}</th>{cells}</tr>'
    st.html(
        f'<div class="wide"><table class="scores compared numbers"><thead><tr><th></th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    st.caption(
        f"PSNR in dB, and SSIM beside it: means over {count} test pictures, more is better; the best is bold. Every "
        "filter, and the number of PCA's components, is at its best setting for that very noise, chosen on training "
        "pictures; point at a number to see it."
    )


def _chart(
    noise: Corruption, levels: Sequence[float], points: Sequence[Sequence[MethodScore]], usual: Corruption | None
) -> None:
    figure = go.Figure()
    for line in _lines(points):
        name = line[0].method
        style = (
            {"width": 3.5} if name == DENOISER else {"width": 1.7, "dash": "dot" if name == NOISY_INPUT else "solid"}
        )
        figure.add_scatter(
            x=list(levels), y=[round(p.psnr, 2) for p in line], name=name, mode="lines+markers", line=style,
            marker_size=5, customdata=[p.setting for p in line], hovertemplate="%{y:.1f} dB %{customdata}",
        )  # fmt: skip
    if usual and usual.kind == noise.kind:
        figure.add_vline(
            usual.strength, line_dash="dash", line_width=1, line_color="#8a979d", annotation_text="learned"
        )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.22, "yanchor": "top", "x": 0},
        hovermode="x unified",
        xaxis_title_text=f"{noise.title}, strength",
        yaxis_title_text="PSNR (dB)",
    )
    seen = "the kind it learned from" if usual and usual.kind == noise.kind else "a kind that the model never saw"
    st.plotly_chart(figure, key=f"psnr-{noise.kind}", config={"displayModeBar": False}, alt=_told(noise, points))
    st.caption(f"{noise.title}: {seen}." if usual else f"{noise.title}: this model learned from clean pictures only.")


def _lines(points: Sequence[Sequence[MethodScore]]) -> Iterator[tuple[MethodScore, ...]]:
    return zip(*points, strict=True)


def _told(noise: Corruption, points: Sequence[Sequence[MethodScore]]) -> str:
    ends = ", ".join(f"{line[0].method} from {line[0].psnr:.1f} to {line[-1].psnr:.1f}" for line in _lines(points))
    return f"PSNR in decibels over the strength of the noise ({noise.title}): {ends}."
