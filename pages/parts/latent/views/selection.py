"""The selection view: points selected on the map with box or lasso, their mean and classes, and files of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st
import torch
from torch import Tensor

from aecore.analysis.neighbors import nearest
from aecore.images import to_pixels
from aecore.latent.codes import decoder
from aecore.latent.export import class_counts, mean_image, to_csv, to_npz
from pages.parts.images.html import figure, img, sheets
from pages.parts.latent.context import CodesKey, LatentContext
from pages.parts.latent.views.base import View
from pages.parts.shell import session, text

MAX_IMAGES, COLUMNS = 60, 20


def class_color(index: int) -> str:
    """CSS color of a class, the same on every chart, for light and dark themes."""
    light, dark = (st.get_option(f"theme.{theme}.chartCategoricalColors") for theme in ("light", "dark"))
    return f"light-dark({light[index % len(light)]}, {dark[index % len(dark)]})"


def select(key: CodesKey, indices: Sequence[int]) -> None:
    """Store the indices of selected points, and the codes to which they belong."""
    session.SELECTION.set((key, sorted(set(indices))))


def select_on_map(key: CodesKey, indices: Sequence[int]) -> None:
    """Store what box or lasso selected, and open this view if that is something."""
    select(key, indices)
    if indices:
        session.VIEW.set(VIEW.title)


def draw_selection(context: LatentContext) -> None:
    """The images of the selected points, their mean in pixels and in latent space, and their classes."""
    _draw_buttons(context)
    selected = _selected_indices(context)
    if not len(selected):
        st.caption(
            "Or select the box or the lasso at the upper right of the map, and draw around some points."
            if context.has_two_axes
            else "On a map with two axes, box and lasso select points too."
        )
        return
    space, dataset = context.space, context.space.config.dataset
    images = space.encoded.images[selected]
    left, right = st.columns([4, 9], gap="large")
    with left:
        st.markdown(f"**{len(selected):,} {dataset.unit}s selected**")
        mean = space.encoded.codes[selected].mean(dim=0, keepdim=True)
        means = {"mean image": mean_image(images), "mean code, decoded": decoder(space.model)(mean)}
        figures = "".join(
            figure(img(to_pixels(image)[0], f"Selection: {label}"), label) for label, image in means.items()
        )
        st.html(f'<div class="inspection"><div class="trio">{figures}</div></div>')
        if class_names := space.encoded.class_names:
            counts = class_counts(space.encoded.labels[selected], len(class_names))
            st.html(_class_bars(counts, class_names))
    with right:
        _draw_images(images[:MAX_IMAGES], len(selected))
        _draw_downloads(context, selected)


def _selected_indices(context: LatentContext) -> Tensor:
    """The stored indices (M,), empty if they belong to other codes."""
    key, stored = session.SELECTION.get()
    count = len(context.space.encoded)
    return torch.tensor([i for i in stored if i < count] if key == context.key else [], dtype=torch.long)


def _draw_buttons(context: LatentContext) -> None:
    """Selections that need no pointer."""
    encoded, class_names = context.space.encoded, context.space.encoded.class_names
    row = st.container(horizontal=True)
    found, _ = nearest(encoded.codes, context.selected_code[None], min(MAX_IMAGES, len(encoded)))
    near = found[0].tolist()
    row.button(f"Selected point and its {len(near) - 1} nearest", on_click=select, args=(context.key, near))
    if class_names:
        label = encoded.labels[context.selected]
        same = (encoded.labels == label).nonzero().flatten().tolist()
        row.button(f"All of class {text.escaped(class_names[int(label)])}", on_click=select, args=(context.key, same))


def _draw_images(images: Tensor, total: int) -> None:
    rows = enumerate(torch.split(images, COLUMNS))
    sheets([(f"{i * COLUMNS + 1}–{i * COLUMNS + len(row)}", to_pixels(row)) for i, row in rows], COLUMNS)
    if total > len(images):
        st.caption(f"The first {len(images)} of {total:,}.")


def _class_bars(counts: Sequence[int], class_names: Sequence[str]) -> str:
    """The number of points in each class, as bars in the colors of the classes."""
    longest = max(counts)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td><i style="width:{100 * count / longest:.1f}%;'
        f'background:{class_color(i)}"></i></td>'
        f"<td>{count:,}</td></tr>"
        for i, (name, count) in enumerate(zip(class_names, counts, strict=True))
        if count
    )
    return f'<table class="class-counts numbers">{rows}</table>'


def _draw_downloads(context: LatentContext, selected: Tensor) -> None:
    encoded, points = context.space.encoded, context.projected.points
    class_names, reconstructions = encoded.class_names, context.space.reconstructions
    row = st.container(horizontal=True)
    for format_name, mime, make in (
        ("CSV", "text/csv", partial(to_csv, encoded, selected, points, class_names)),
        ("NPZ", "application/octet-stream", partial(to_npz, encoded, reconstructions, selected, points)),
    ):
        row.download_button(
            f"Download as {format_name}", make, f"{context.run.id}-selection.{format_name.lower()}", mime,
            icon=":material/download:", key=f"selection-{format_name}", on_click="ignore",
        )  # fmt: skip
    st.caption("Both contain image numbers, classes, map positions and codes; the NPZ also contains the images.")


VIEW = View("Selection", draw_selection)
