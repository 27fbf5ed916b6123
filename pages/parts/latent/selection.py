"""Points chosen on the map with box or lasso: their pictures, mean and classes, and a file of them to take home."""

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
from aecore.latent.export import class_counts, mean_picture, to_csv, to_npz
from pages.parts.images.html import figure, img, sheets
from pages.parts.latent.context import Key, Scene
from pages.parts.runs.loss_chart import class_color

SHOWN, COLUMNS = 60, 20
KEPT = "latent-chosen"  # in the session: of which codes, and the numbers of the points


def keep(key: Key, numbers: object) -> bool:
    """Remember what was chosen; whether there is something."""
    # Only the map sends them, but anyone can talk to a server.
    chosen = [n for n in numbers if isinstance(n, int) and n >= 0] if isinstance(numbers, list) else []
    st.session_state[KEPT] = (key, sorted(set(chosen)))
    return bool(chosen)


def chosen_points(scene: Scene) -> None:
    """What lies inside the box or the lasso."""
    _by_buttons(scene)
    kept, numbers = st.session_state.get(KEPT, (None, []))
    chosen = torch.tensor([n for n in numbers if n < len(scene.encoded)], dtype=torch.long)
    if kept != scene.key or not len(chosen):
        st.caption(
            "Or take the box or the lasso at the map's upper right corner and draw around some points."
            if scene.flat
            else "On a map of two axes, points can be chosen with box or lasso too."
        )
        return
    names, images = scene.names, scene.encoded.images[chosen]
    left, right = st.columns([4, 9], gap="large")
    with left:
        st.markdown(f"**{len(chosen):,} {scene.config.dataset.unit}s chosen**")
        mean = scene.codes[chosen].mean(dim=0, keepdim=True)
        pair = {"mean picture": mean_picture(images), "mean code, decoded": decoder(scene.model)(mean)}
        figures = "".join(
            figure(img(to_pixels(picture)[0], f"Chosen points: {label}"), label) for label, picture in pair.items()
        )
        st.html(f'<div class="inspection"><div class="trio">{figures}</div></div>')
        if names:
            st.html(_classes(class_counts(scene.encoded.labels[chosen], len(names)), names))
    with right:
        _pictures(images[:SHOWN], len(chosen))
        _downloads(scene, chosen)


def _by_buttons(scene: Scene) -> None:
    """Choices that need no pointer."""
    row = st.container(horizontal=True)
    near = nearest(scene.codes, scene.code[None], min(SHOWN, len(scene.codes)))[0][0].tolist()
    row.button(f"The pinned point and the {len(near) - 1} nearest", on_click=keep, args=(scene.key, near))
    if scene.names:
        label = scene.encoded.labels[scene.pin]
        alike = (scene.encoded.labels == label).nonzero().flatten().tolist()
        row.button(f"All of class {scene.names[int(label)]}", on_click=keep, args=(scene.key, alike))


def _pictures(images: Tensor, total: int) -> None:
    parts = enumerate(images.split(COLUMNS))
    sheets([(f"{i * COLUMNS + 1}–{i * COLUMNS + len(part)}", to_pixels(part)) for i, part in parts], COLUMNS)
    if total > len(images):
        st.caption(f"The first {len(images)} of {total:,}.")


def _classes(counts: Sequence[int], names: Sequence[str]) -> str:
    """How many there are of each class, as bars in the classes' colors."""
    most = max(counts)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td><i style="width:{100 * count / most:.1f}%;'
        f'background:{class_color(i)}"></i></td>'
        f"<td>{count:,}</td></tr>"
        for i, (name, count) in enumerate(zip(names, counts, strict=True))
        if count
    )
    return f'<table class="class-counts numbers">{rows}</table>'


def _downloads(scene: Scene, chosen: Tensor) -> None:
    encoded, points, answers = scene.encoded, scene.projected.points, scene.space.answers
    row = st.container(horizontal=True)
    for kind, mime, make in (
        ("CSV", "text/csv", partial(to_csv, encoded, chosen, points, scene.names)),
        ("NPZ", "application/octet-stream", partial(to_npz, encoded, answers, chosen, points)),
    ):
        row.download_button(
            f"Download as {kind}", make, f"{scene.run.id}-chosen.{kind.lower()}", mime, icon=":material/download:",
            key=f"chosen-{kind}", on_click="ignore",
        )  # fmt: skip
    st.caption("Both hold numbers, classes, places on the map and codes; the NPZ holds the pictures too.")
