"""Clusters: test examples divided by their codes, beside the same by PCA and pixels, and compared with classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.data.base import Data, Dataset, Split
from aecore.evaluation.features.clusters import METHODS, ClusterScores
from aecore.evaluation.features.representations import REPRESENTATIONS
from aecore.runs.computed.clusters import Clustering, clustered_examples, read_clusterings
from aecore.runs.computed.projections import map_dataset_of
from aecore.runs.run import Run
from pages.parts.features.cluster_gallery import Shown, confusion_chart, gallery
from pages.parts.features.section import Section
from pages.parts.images.html import table
from pages.parts.runs import computing
from pages.parts.shell import errors, resources, session, text

MOST, USUAL = 30, 10  # clusters

COLUMNS: Mapping[str, Callable[[ClusterScores], float | None]] = {
    "accuracy": lambda scores: scores.accuracy,
    "NMI": lambda scores: scores.nmi,
    "ARI": lambda scores: scores.ari,
    "silhouette": lambda scores: scores.silhouette,
}


def clusters(run: Run, config: RunConfig) -> None:
    """Draw the section, or the progress of its computation."""
    dataset = map_dataset_of(run)  # so that clusters can color the latent map
    data = resources.data(dataset)
    examples = clustered_examples(data.test)
    most = min(MOST, len(examples) // 2)
    if most <= 2:
        text.info(f"This dataset has only {len(examples)} test {dataset.unit}s, too few to look for clusters.")
        return
    method, count = _controls(most, len(data.class_names))
    stored = read_clusterings(run, run.model_step(), method, count, len(examples))
    if stored is None:
        label = f"Looking for {count} clusters by codes and by {len(REPRESENTATIONS) - 1} baselines."
        computing.request(run, "clusters", label, method, str(count))
        return
    _results(run, dataset, data, examples, stored, method)


def _controls(most: int, classes: int) -> tuple[str, int]:
    """Draw the choices of the method and the number of clusters, and return both."""
    row = st.container(horizontal=True, key="controls-clusters")
    default = min(most, classes) if classes > 1 else min(most, USUAL)
    session.CLUSTER_COUNT.correct(lambda count: count <= most, default)
    count = row.slider(
        "Number of clusters", 2, most, default, key=session.CLUSTER_COUNT.name, bind="query-params", width=320
    )
    titles = {name: method.title for name, method in METHODS.items()}
    method = row.segmented_control(
        "Method", list(titles), default=next(iter(titles)), key=session.CLUSTER_METHOD.name, required=True,
        format_func=titles.__getitem__, bind="query-params",
    )  # fmt: skip
    st.caption(METHODS[method].explanation)
    return method, count


@errors.fragment("The clusters")
def _results(
    run: Run, dataset: Dataset, data: Data, examples: Split, stored: Mapping[str, Clustering], method: str
) -> None:
    with st.container(key="columns-clusters"):
        left, right = st.columns([6, 5], gap="large")
    with left:
        _table(stored, _titles(examples), bool(data.class_names))
        _captions(dataset, data, examples)
        titles = _titles(examples)
        chosen = st.segmented_control(
            "Show the clusters of", list(titles), default=next(iter(titles)), key=session.CLUSTERED.name,
            required=True, format_func=titles.__getitem__, bind="query-params", wrap=True,
        )  # fmt: skip
    shown = Shown(run, dataset, data.class_names, examples, stored[chosen].found, method, chosen)
    with right:
        if data.class_names:
            confusion_chart(shown)
    gallery(shown)


def _captions(dataset: Dataset, data: Data, examples: Split) -> None:
    count, total = len(examples), len(data.test)
    number = f"{count:,}" if count == total else f"The first {count:,} of {total:,}"
    of = f"{number} test {dataset.unit}s, which training did not see."
    if data.class_names:
        of += (
            " Labels were used for the scores only. Accuracy, in %: each class is matched with one cluster at most, "
            "and other members count as wrong. NMI and ARI: 1 is the classes themselves, 0 is chance."
        )
    st.caption(f"{of} Silhouette: 1 is compact and separate, measured in each row's own distances. The best is bold.")


def _titles(examples: Split) -> dict[str, str]:
    """The titles of the representations by name; vectors have no pixels."""
    titles = {name: representation.title for name, representation in REPRESENTATIONS.items()}
    return titles if examples.images.ndim == 4 else titles | {"pixels": "Vectors"}


def _table(stored: Mapping[str, Clustering], titles: Mapping[str, str], has_classes: bool) -> None:
    columns = {title: get for title, get in COLUMNS.items() if has_classes or title == "silhouette"}
    best = {
        title: max((value for c in stored.values() if (value := get(c.scores)) is not None), default=None)
        for title, get in columns.items()
    }
    rows = [
        (
            titles[name],
            [f"{c.dimension:,}", *(_cell(title, get(c.scores), best[title]) for title, get in columns.items())],
        )
        for name, c in stored.items()
    ]
    st.html(table(rows, ["Clusters of", "numbers", *columns], "scores many-scores numbers"))


def _cell(title: str, value: float | None, best: float | None) -> str:
    if value is None:
        return "–"
    shown = f"{100 * value:.1f}" if title == "accuracy" else f"{value:z.2f}".replace("-", "\N{MINUS SIGN}")
    return f"<b>{shown}</b>" if value == best else shown


SECTION = Section("Clusters", clusters, lesson="clusters")
