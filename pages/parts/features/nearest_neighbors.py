"""Nearest neighbors: the training images nearest to a picture by code, by PCA and by pixels, side by side."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.data.base import Data
from aecore.evaluation.features.few_labels import NEIGHBORS, missing_classes
from aecore.evaluation.features.neighbors import SPACES, Neighbors, SearchedSet, searched_count
from aecore.evaluation.outliers import to_input_batch
from aecore.images import MNIST_STEPS, prepare, to_pixels
from aecore.runs.computed.label_accuracies import read_accuracies
from aecore.runs.run import Run
from pages.parts.features.section import Section
from pages.parts.images import inspection, uploads
from pages.parts.images.html import figure, img
from pages.parts.images.uploads import DRAW, TEST_SET, UPLOAD
from pages.parts.runs import computing
from pages.parts.shell import errors, resources, session

SHOWN = 8  # neighbors


@dataclass(frozen=True)
class Query:
    """The picture whose neighbors are searched."""

    name: str
    image: Tensor  # (1, C, H, W), uint8, or floats in [0, 1]
    label: int | None = None  # of a visitor's own picture, the class is not known


def nearest_neighbors(run: Run, config: RunConfig) -> None:
    """Draw the section, or the progress of encoding the training images."""
    data, unit = resources.data(config.dataset), config.dataset.unit
    count = searched_count(len(data.training), config.latent_size)
    searched = resources.searched_features(run, count)
    if searched is None:
        computing.request(run, "searched_features", f"Encoding {count:,} training {unit}s, to search them.")
        return
    _search(run, config, data, searched)
    if not missing_classes(data):
        _measured(run, unit, len(data.test))


@errors.fragment("The search")
def _search(run: Run, config: RunConfig, data: Data, searched: SearchedSet) -> None:
    controls = st.container(horizontal=True, vertical_alignment="bottom", key="controls")
    source = uploads.source_control(controls, (TEST_SET, UPLOAD, DRAW), "neighbors-source")
    with st.container(key="columns"):
        left, right = st.columns([3, 7], gap="large")
    query = _test_image(controls, left, data) if source == TEST_SET else _own(controls, left, config, source)
    with right:
        if query is None:
            st.caption("The nearest training images appear here.")
            return
        found = searched.nearest(resources.model(run), data.training.images, query.image, SHOWN)
        _rows(found, query, data, config, searched)
        less = "" if len(searched) == len(data.training) else ", the first ones, because the codes are large"
        marked = "" if query.label is None else " A frame marks the same class, a line through the name another one."
        st.caption(
            f"Searched: {len(searched):,} training {config.dataset.unit}s{less}. Below each one its class and its "
            f"Euclidean distance, which can be compared within a row only.{marked}"
        )


def _test_image(controls: DeltaGenerator, left: DeltaGenerator, data: Data) -> Query:
    """A test image by its number, or at random."""
    count = len(data.test)
    session.NEIGHBORS_QUERY.correct(lambda number: (number or 1) <= count, count)
    number = controls.number_input(
        "Test image", 1, count, key=session.NEIGHBORS_QUERY.name, width=150, bind="query-params"
    )
    controls.button("Shuffle", icon=":material/shuffle:", key="shuffle-neighbors", on_click=_shuffle, args=(count,))
    index = int(number or 1) - 1
    label = int(data.test.labels[index]) if data.class_names else None
    name = f"Test image {index + 1:,}" + ("" if label is None else f", class {data.class_names[label]}")
    query = Query(name, data.test.images[[index]], label)
    _draw_query(left, query)
    return query


def _shuffle(count: int) -> None:
    session.NEIGHBORS_QUERY.set(random.randrange(count) + 1)


def _own(controls: DeltaGenerator, left: DeltaGenerator, config: RunConfig, source: str) -> Query | None:
    """An uploaded picture, a digit in it, or the drawing; prepared for the model."""
    with controls:
        steps = inspection.preparation_pills(config)
    images = list[uploads.InputImage]()
    with left:
        if source == DRAW:
            drawing = uploads.canvas("neighbors-draw")
            images += [] if drawing is None else [uploads.InputImage("Your drawing", drawing)]
        else:
            uploads.uploader()
            split = config.dataset.preparation == MNIST_STEPS
            images += [image for upload in uploads.usable(source) for image in uploads.input_images(upload, split)]
    if not images:
        return None
    chosen = 0
    if len(images) > 1:
        chosen = controls.selectbox("Picture", range(len(images)), format_func=lambda i: images[i].name, width=220)
    image = images[min(chosen, len(images) - 1)]
    query = Query(image.name, to_input_batch([prepare(image.image, config.dataset.input_shape, steps)]))
    _draw_query(left, query)
    return query


def _draw_query(container: DeltaGenerator, query: Query) -> None:
    caption = escape(query.name) if query.label is not None else f"{escape(query.name)}, as the model sees it"
    picture = img(to_pixels(query.image)[0], query.name)
    container.html(f'<figure class="neighbors-query">{picture}<figcaption>{caption}</figcaption></figure>')


def _rows(found: dict[str, Neighbors], query: Query, data: Data, config: RunConfig, searched: SearchedSet) -> None:
    sizes = (searched.codes.shape[1], searched.projections.shape[1], query.image[0].numel())
    rows = ""
    for (name, neighbors), size in zip(found.items(), sizes, strict=True):
        indices = neighbors.indices[0]
        labels = data.training.labels[indices].tolist() if data.class_names else []
        note = f"{size:,} {'numbers' if size > 1 else 'number'}{_agreement(labels, query.label, data.class_names)}"
        pictures = to_pixels(data.training.images[indices])
        cells = ""
        for i, distance in enumerate(neighbors.distances[0].tolist()):
            label = labels[i] if labels else None
            cls = "" if None in (label, query.label) else "same" if label == query.label else "other"
            shown = "" if label is None else f"<b>{escape(data.class_names[label])}</b>"
            what = "" if label is None else f", class {data.class_names[label]}"
            picture = img(pictures[i], f"Neighbor {i + 1} by {SPACES[name]}{what}")
            cell = figure(picture, f"{shown}<small>{distance:.2f}</small>")
            cells += cell.replace("<figure>", f'<figure class="{cls}">', 1)
        rows += f"<h4>{SPACES[name]}<small>{escape(note)}</small></h4><div>{cells}</div>"
    st.html(f'<div class="found-neighbors numbers">{rows}</div>')


def _agreement(labels: Sequence[int], label: int | None, names: Sequence[str]) -> str:
    """How many neighbors have the class of the query, or the most frequent class if that is not known."""
    if not labels:
        return ""
    if label is not None:
        return f"; {labels.count(label)} of {len(labels)} of the same class"
    most = max(sorted(set(labels)), key=labels.count)
    return f"; {labels.count(most)} of {len(labels)} are {names[most]}"


def _measured(run: Run, unit: str, tested: int) -> None:
    """How often the neighbors have the right class, over all test images."""
    stored = read_accuracies(run, run.model_step())
    if stored is None:
        computing.request(run, "label_accuracies", "Classifying all test images by their nearest neighbors.")
        return
    accuracies = {
        SPACES[name]: accuracy.mean
        for name in SPACES
        for accuracy in stored[name]
        if accuracy.classifier == "knn" and accuracy.labels_per_class is None
    }
    best = max(accuracies.values())
    shares = ", ".join(
        f"{title} **{share:.1%}**" if share == best else f"{title} {share:.1%}" for title, share in accuracies.items()
    )
    winners = " and ".join(title for title, share in accuracies.items() if share == best)
    st.markdown(
        f"Over all {tested:,} test {unit}s, the most frequent class among the {NEIGHBORS} nearest training {unit}s is "
        f"right for: {shares}. Best here: {winners}."
    )


SECTION = Section(
    "Nearest neighbors", nearest_neighbors, available=lambda config: config.has_images, lesson="neighbors"
)
