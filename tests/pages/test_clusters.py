"""The section Clusters of the Features page."""

from __future__ import annotations

import json

import pytest
import torch
from page_elements import assert_no_error, page_text

from aecore.evaluation.features.clusters import Clusters, ClusterScores
from aecore.evaluation.features.representations import REPRESENTATIONS
from aecore.runs.computed import clusters
from aecore.runs.computed.cluster_names import read_names
from aecore.runs.computed.projections import map_dataset_of
from pages.parts.features.clusters import _cell
from pages.parts.shell import jobs, session

PAGE = "pages/features.py"
SECTION = {session.FEATURES_SECTION.name: "Clusters"}
VECTORS = {"dataset": {"kind": "vectors", "images": 300, "validation": 50}, "training.loss": "mse"}


def store(run, method="k-means", count=10, group=lambda labels: labels):
    """Store clusters that are the classes or groups of them; the i-th representation's accuracy is 0.5 + i / 10."""
    data = map_dataset_of(run).load()
    examples = clusters.clustered_examples(data.test)
    rows = torch.arange(len(examples))
    found = {}
    for i, name in enumerate(REPRESENTATIONS):
        members = group(examples.labels if data.class_names else rows) % count
        scores = ClusterScores(*([0.5 + i / 10, 0.4, -0.25] if data.class_names else [None] * 3), 0.1 * i)
        found[name] = clusters.Clustering(Clusters(members, -rows.float(), rows.float(), count), scores, 1.0, 4)
    clusters.write_clusterings(run, run.model_step(), method, count, found)


def charts(app):
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def cards(app):
    return [html.proto.body for html in app.get("html") if 'class="cluster"' in html.proto.body]


def test_shows_scores_pictures_and_confusion(open_page, train_one):
    run = train_one({})
    store(run)
    app = open_page(PAGE, run.id, **SECTION)
    assert_no_error(app)
    (table,) = [html.proto.body for html in app.get("html") if "silhouette" in html.proto.body]
    assert "<td>50.0</td><td><b>0.40</b></td><td><b>\N{MINUS SIGN}0.25</b></td><td>0.00</td>" in table
    assert "<td><b>80.0</b></td>" in table, "pixels"
    assert all(f">{representation.title}</th>" in table for representation in REPRESENTATIONS.values())
    assert len(cards(app)) == 10
    assert "Labels were used for the scores only" in page_text(app)
    assert ", class 3: 100%</small>" in cards(app)[3]
    assert cards(app)[3].count("<img") == 1 + 2 * 6
    (chart,) = charts(app)
    assert chart["data"][0]["type"] == "heatmap"
    assert [row.index(max(row)) for row in chart["data"][0]["z"]] == list(range(10)), "a diagonal"
    angles = chart["layout"]["xaxis"]["autotickangles"]
    assert max(angles) == 0, "long names of classes slant to the left: at the right Plotly would hide the last one"


def split_ones(labels):
    """Half of the ones with a single eight; the other eights are divided among two clusters."""
    members = labels.clone()
    members[(labels == 8).nonzero().flatten()[1::2]] = 0
    members[(labels == 8).nonzero().flatten()[2::2]] = 2
    members[(labels == 1).nonzero().flatten()[::2]] = 8
    return members


def test_a_cluster_also_names_its_largest_class_if_it_is_matched_with_another(open_page, train_one):
    run = train_one({})
    store(run, group=split_ones)
    app = open_page(PAGE, run.id, **SECTION)
    assert_no_error(app)
    assert ", class 8: 4%, class 1: 96%</small>" in cards(app)[8]
    assert ["class 8: " in card for card in cards(app)] == [False] * 8 + [True, False]


def test_no_score_is_minus_zero():
    assert [_cell("ARI", score, 1.0) for score in (-0.001, -0.25)] == ["0.00", "\N{MINUS SIGN}0.25"]


def test_more_clusters_than_classes(open_page, train_one):
    run = train_one({})
    store(run, "mixture", 12)
    app = open_page(PAGE, run.id, clusters=12, method="mixture", clustered="pca", **SECTION)
    assert_no_error(app)
    assert len(cards(app)) == 12
    assert not [field for field in app.text_input if "cluster" in field.label], "names are those of clusters of codes"
    assert "0 images</small>" in cards(app)[11], "without members"


def test_vectors_are_clustered_without_classes(open_page, train_one):
    run = train_one(VECTORS)
    store(run)
    app = open_page(PAGE, run.id, **SECTION)
    assert_no_error(app)
    assert not charts(app)
    text = page_text(app)
    assert "accuracy" not in text.lower()
    assert "silhouette" in text
    assert "Vectors</th>" in text
    assert "Pixels" not in text, "vectors have none"
    assert "10 vectors</small>" in cards(app)[0]
    assert "test vectors" in text
    assert "**pixels**" not in text, "nor does the lesson name any"


def test_computes_what_is_missing_once(open_page, train_one, started, monkeypatch):
    monkeypatch.setattr(clusters, "MAX_EXAMPLES", 60)
    run = train_one({})
    for count in (3, 3, 4):
        app = open_page(PAGE, run.id, clusters=count, **SECTION)
        app.run()
        assert_no_error(app)
        assert len(cards(app)) == count
    assert [command[2:] for command in started] == [["k-means", "3"], ["k-means", "4"]]


def rename(app, run, cluster, name):
    app.text_input(key=f"cluster-name-{run.id}-{run.model_step()}-k-means-10-{cluster}").input(name).run()
    assert_no_error(app)


def legend(app):
    return [trace["name"] for trace in charts(app)[0]["data"]]


@pytest.mark.parametrize("owner", ["ann", "bob", "starter"])
def test_named_clusters_color_the_map(open_page, app_store, make_owned, enter_as, owner):
    """Names are stored with the visitor's own run; with another, and with a starter model, in the session."""
    enter_as("ann")
    run = app_store.get("starter-1-quick") if owner == "starter" else make_owned(enter_as(owner))
    enter_as("ann")
    store(run)
    app = open_page(PAGE, run.id, **SECTION)
    assert ("names that you give last" in page_text(app)) == (owner != "ann")
    rename(app, run, 3, "  threes ")
    assert "<b>threes</b>" in cards(app)[3]
    assert charts(app)[0]["layout"]["yaxis"]["ticktext"][3:5] == ["threes", "Cluster 5"]
    stored = {"k-means-10": {3: "threes"}} if owner == "ann" else {}
    assert read_names(run, run.model_step()) == stored
    app = open_page("pages/latent.py", run.id, colors="k-means-10", **named(app))
    assert_no_error(app)
    assert legend(app)[2:5] == ["Cluster 3", "threes", "Cluster 5"]
    app.session_state[session.MAP_COLORS.name] = "classes"
    app.run()
    assert legend(app)[2:5] == ["2", "3", "4"]
    app = open_page(PAGE, run.id, **SECTION, **named(app))
    rename(app, run, 3, "")
    assert "<b>Cluster 4</b>" in cards(app)[3]
    app = open_page("pages/latent.py", run.id, colors="k-means-10", **named(app))
    assert_no_error(app)
    assert not [group for group in app.button_group if group.key == session.MAP_COLORS.name]
    assert legend(app)[2:5] == ["2", "3", "4"]


@pytest.mark.parametrize("changes", [{}, {"dataset": {"kind": "shapes", "images": 200, "validation": 50}}])
def test_the_lesson_of_the_map_explains_its_colors(open_page, train_one, changes):
    text = page_text(open_page("pages/latent.py", train_one(changes).id))
    assert "Colors show the classes" in text
    assert "clusters that you have named" in text.replace("\n", " ")


def named(app):
    """What the session keeps of one page for the next."""
    key = session.CLUSTER_NAMES.name
    return {key: app.session_state[key]} if key in app.session_state else {}


def test_says_that_a_dataset_is_too_small(open_page, train_one, monkeypatch):
    monkeypatch.setattr(clusters, "MAX_EXAMPLES", 5)
    app = open_page(PAGE, train_one({}).id, **SECTION)
    assert_no_error(app)
    assert "only 5 test images" in page_text(app)


def test_moving_the_slider_requests_only_the_last_number(open_page, train_one, monkeypatch):
    run = train_one({})

    def start(name, command, heavy=False):
        jobs._jobs().by_name[name] = jobs.Job(command, waits=True)

    monkeypatch.setattr(jobs, "start", start)
    jobs._jobs.clear()
    app = open_page(PAGE, run.id, **SECTION)
    for count in (4, 5, 4):
        app.slider[0].set_value(count).run()
    wanted = {job.command[-1]: job.wanted for job in jobs._jobs().by_name.values() if "clusters" in job.command[0]}
    assert wanted == {"10": 0, "4": 1, "5": 0}
    assert_no_error(app)
