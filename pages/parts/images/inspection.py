"""Pictures of one's own beside what a model makes of them: copy, the error's place, code, neighbors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st
import torch
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.evaluation.outliers import OutlierScore, score_outliers, to_input_batch
from aecore.images import (
    PREPARATION_STEPS,
    ImageArray,
    Pixels,
    PreparedImage,
    difference_image,
    downscale,
    is_blank,
    prepare,
    to_pixels,
    with_channel_axis,
)  # fmt: skip
from aecore.images.segment import MAX_DIGITS, Box
from aecore.runs.run import Run
from pages.parts.images.html import code_bars, figure, img
from pages.parts.shell import resources

PHOTO, THUMB = 480, 160  # pixels at most that are sent to the browser
UNUSUAL, STRANGE = 0.9, 0.99  # shares of test errors below


@dataclass(frozen=True)
class Subject:
    """One picture to look at; a page gives one for each of its digits."""

    name: str
    picture: ImageArray
    page: ImageArray | None = None  # that it is cut from
    box: Box | None = None  # where it lies there


def step_choice(config: RunConfig) -> tuple[str, ...]:
    """The steps from picture to input, each of which can be switched off."""
    usual = config.dataset.preparation
    titles = {step.name: step.title for step in PREPARATION_STEPS}
    chosen = st.pills(
        "From picture to input",
        list(titles),
        format_func=titles.__getitem__,
        selection_mode="multi",
        default=usual,
        key=f"steps-{'-'.join(usual)}",
        persist_state="session",
        help="  \n".join(f"**{step.title}**: {step.description}" for step in PREPARATION_STEPS),
    )
    return tuple(chosen)


def photo(parts: Sequence[Subject]) -> None:
    """The page that several subjects are cut from, with a numbered box around each."""
    page = parts[0].page
    height, width = page.shape[:2]
    marks = "".join(
        f'<i style="left:{b.left / width:.2%};top:{b.top / height:.2%};width:{b.width / width:.2%};'
        f'height:{b.height / height:.2%}"><b>{number}</b></i>'
        for number, b in enumerate((part.box for part in parts), 1)
    )
    told = f"The first {MAX_DIGITS} digits of the page" if len(parts) == MAX_DIGITS else f"{len(parts)} digits found"
    sheet = img(
        with_channel_axis(downscale(page, PHOTO)), f"A page with {len(parts)} digits found, each in a numbered box"
    )
    st.html(f'<figure class="photo"><div>{sheet}{marks}</div><figcaption>{told}</figcaption></figure>')


def seen(run: Run, config: RunConfig, subjects: Sequence[Subject], steps: Sequence[str]) -> None:
    """What the run's model makes of each subject."""
    prepared = [prepare(subject.picture, config.dataset.input_shape, steps) for subject in subjects]
    inputs = to_input_batch(prepared)
    errors, codes = resources.reconstructed_test(run, False).errors, resources.codes(run)
    scored = score_outliers(resources.model(run), inputs, errors, codes)
    reach, training = resources.code_reach(run), resources.data(config.dataset).training.images
    rows = []
    for subject, way, given, verdict in zip(subjects, prepared, inputs, scored, strict=True):
        told = _told(verdict, is_blank(subject.picture), errors, config)
        rows.append(_row(subject, way, given, verdict, reach, training[list(verdict.nearest)], told))
    st.html(f'<div class="seen numbers">{"".join(rows)}</div>')


def legend(run: Run, config: RunConfig) -> None:
    """What the colors and the neighbors are."""
    st.caption(
        "Difference: :blue[blue] where the copy is too dark, :orange[orange] where it is too bright. Nearest: by "
        f"distance of their codes, among {len(resources.codes(run)):,} training {config.dataset.unit}s."
    )


def _told(scored: OutlierScore, blank: bool, errors: Tensor, config: RunConfig) -> str:
    """The error, and its place among the test errors."""
    mse = scored.error / math.prod(config.dataset.input_shape)
    most = f"{scored.fraction_below:.1%} of" if scored.fraction_below < 1 else f"all {len(errors):,}"
    if blank:
        return "There is nothing to see in it: one color all over."
    if scored.fraction_below >= STRANGE:
        verdict = "This does not look like what the model was trained on."
    elif scored.fraction_below >= UNUSUAL:
        verdict = "Unusual for this model."
    else:
        verdict = f"Its error is like that of a test {config.dataset.unit}."
    return f"MSE <b>{mse:.4f}</b>, higher than {most} test {config.dataset.unit}s. {verdict}"


def _row(
    subject: Subject, way: PreparedImage, given: Tensor, scored: OutlierScore, reach: float, near: Tensor, told: str
) -> str:
    """Input, copy and difference; beside them the error, the code, the neighbors and the way in."""
    name = subject.name
    source, answer = to_pixels(torch.stack([given, scored.reconstruction]))
    gap = difference_image(source[None], answer[None])[0]
    trio = {"seen by the model": source, "reconstruction": answer, "difference": gap}
    figures = "".join(figure(img(picture, f"{name}: {label}"), label) for label, picture in trio.items())
    neighbors = "".join(img(p, f"{name}: nearest training picture {i}") for i, p in enumerate(to_pixels(near), 1))
    near_by = figure(f'<div class="near">{neighbors}</div>', "nearest training pictures in latent space")
    return (
        f'<section><div class="trio">{figures}</div><div class="about"><p><strong>{escape(name)}</strong> {told}</p>'
        f'<div class="code-near">{code_bars(scored.code.flatten().tolist(), reach)}'
        f"{near_by}</div></div>{_way(way, source, subject)}</section>"
    )


def _way(way: PreparedImage, given: Pixels, subject: Subject) -> str:
    """The steps from picture to input as small pictures; folded away where there are many."""
    name = subject.name
    stages = [(title, with_channel_axis(downscale(picture, THUMB))) for title, picture in way.stages]
    if stages[-1][1].shape != given.shape:
        stages.append(("Fitted", given))
    figures = "".join(figure(img(picture, f"{name}: {title}", ""), title) for title, picture in stages)
    unfolded = "" if subject.box else " open"
    return f'<details{unfolded}><summary>From picture to input</summary><div class="way">{figures}</div></details>'
