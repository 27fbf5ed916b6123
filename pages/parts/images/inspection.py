"""Image inspection: the visitor's own images with their reconstruction, error, outlier score, code and neighbors."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
from pages.parts.images.uploads import InputImage
from pages.parts.shell import resources

PAGE_SIDE, STEP_SIDE = 480, 160  # largest sides in pixels of images sent to the browser
UNUSUAL, OUTLIER = 0.9, 0.99  # fractions of the test images with a lower error


def preparation_pills(config: RunConfig) -> tuple[str, ...]:
    """Draw the preparation steps, each of which can be switched off, and return the names of the selected ones."""
    default = config.dataset.preparation
    titles = {step.name: step.title for step in PREPARATION_STEPS}
    selected = st.pills(
        "Preparation",
        list(titles),
        format_func=titles.__getitem__,
        selection_mode="multi",
        default=default,
        key=f"steps-{'-'.join(default)}",
        persist_state="session",
        wrap=True,
        help="  \n".join(f"**{step.title}**: {step.description}" for step in PREPARATION_STEPS),
    )
    return tuple(selected)


def page_with_boxes(page: ImageArray, boxes: Sequence[Box]) -> None:
    """Draw an image with a numbered box around each digit."""
    height, width = page.shape[:2]
    marks = "".join(
        f'<i style="left:{b.left / width:.2%};top:{b.top / height:.2%};width:{b.width / width:.2%};'
        f'height:{b.height / height:.2%}"><b>{number}</b></i>'
        for number, b in enumerate(boxes, 1)
    )
    caption = f"{len(boxes)} digits found"
    if len(boxes) == MAX_DIGITS:
        caption = f"The first {MAX_DIGITS} digits of the page"
    image = img(
        with_channel_axis(downscale(page, PAGE_SIDE)), f"A page with {len(boxes)} digits, each in a numbered box"
    )
    st.html(f'<figure class="page-with-boxes"><div>{image}{marks}</div><figcaption>{caption}</figcaption></figure>')


def inspection(run: Run, config: RunConfig, images: Sequence[InputImage], steps: Sequence[str]) -> None:
    """Draw a section for each image, prepared with these steps."""
    prepared = [prepare(image.image, config.dataset.input_shape, steps) for image in images]
    inputs = to_input_batch(prepared)
    test, codes = resources.reconstructed_test(run, False), resources.codes(run)
    scores = score_outliers(resources.model(run), inputs, test, codes)
    reach, training = resources.code_reach(run), resources.data(config.dataset).training.images
    sections = []
    for image, preparation, model_input, score in zip(images, prepared, inputs, scores, strict=True):
        verdict = _verdict(score, is_blank(image.image), len(test.errors), config)
        neighbors = training[list(score.nearest)]
        sections.append(_section(image, preparation, model_input, score, reach, neighbors, verdict))
    st.html(f'<div class="inspection numbers">{"".join(sections)}</div>')


def legend(run: Run, config: RunConfig) -> None:
    """Draw a caption about the colors and the neighbors."""
    st.caption(
        "Difference: :blue[blue] where the reconstruction is too dark, :orange[orange] where it is too bright. "
        f"Neighbors: smallest distance in latent space, among {len(resources.codes(run)):,} training "
        f"{config.dataset.unit}s."
    )


def _verdict(score: OutlierScore, blank: bool, test_images: int, config: RunConfig) -> str:
    """The error, and its position among the test errors, as HTML."""
    if blank:
        return "The image is blank: it has only one color."
    if math.isinf(score.relative_error):
        return "The model input is blank: the preparation leaves only one color of the image."
    unit = config.dataset.unit
    mse = score.error / math.prod(config.dataset.input_shape)
    higher_than = f"{score.fraction_below:.1%} of" if score.fraction_below < 1 else f"all {test_images:,}"
    if score.relative_fraction_below >= OUTLIER > score.fraction_below:
        verdict = (
            "An outlier: the error is small only because the input has little contrast. It is "
            f"{score.relative_error:.0%} of the input's variance, higher than {score.relative_fraction_below:.1%} of "
            f"test {unit}s."
        )
    elif score.fraction_below >= OUTLIER:
        verdict = "An outlier: unlike anything in the training data."
    elif max(score.fraction_below, score.relative_fraction_below) >= UNUSUAL:
        verdict = "Unusual for this model."
    else:
        verdict = f"A typical error for a test {unit}."
    return f"MSE <b>{mse:.4f}</b>, higher than {higher_than} test {unit}s. {verdict}"


def _section(
    image: InputImage,
    preparation: PreparedImage,
    model_input: Tensor,
    score: OutlierScore,
    reach: float,
    neighbors: Tensor,
    verdict: str,
) -> str:
    """Input, reconstruction and difference; next to them the error, the code and the neighbors; below, the steps."""
    name = image.name
    source, reconstruction = to_pixels(torch.stack([model_input, score.reconstruction]))
    error = difference_image(source[None], reconstruction[None])[0]
    trio = {"model input": source, "reconstruction": reconstruction, "difference": error}
    figures = "".join(figure(img(pixels, f"{name}: {label}"), label) for label, pixels in trio.items())
    nearest = "".join(img(p, f"{name}: nearest training image {i}") for i, p in enumerate(to_pixels(neighbors), 1))
    neighbor_figure = figure(f'<div class="neighbors">{nearest}</div>', "nearest training images in latent space")
    return (
        f'<section><div class="trio">{figures}</div><div><p><strong>{escape(name)}</strong> {verdict}</p>'
        f'<div class="code-and-neighbors">{code_bars(score.code.flatten().tolist(), reach)}'
        f"{neighbor_figure}</div></div>{_steps(preparation, source, image)}</section>"
    )


def _steps(preparation: PreparedImage, model_input: Pixels, image: InputImage) -> str:
    """The image after each preparation step; collapsed for the digits of a page."""
    stages = [(title, with_channel_axis(downscale(stage, STEP_SIDE))) for title, stage in preparation.stages]
    if stages[-1][1].shape != model_input.shape:
        stages.append(("Resized", model_input))
    figures = "".join(figure(img(stage, f"{image.name}: {title}", ""), title) for title, stage in stages)
    is_open = "" if image.box else " open"
    return f'<details{is_open}><summary>Preparation</summary><div class="steps">{figures}</div></details>'
