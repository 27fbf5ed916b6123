"""Every view of the latent space, on every kind of code."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from page_elements import assert_no_error, page_text
from PIL import Image

from aecore.analysis.projection import PROJECTIONS
from aecore.data.collections import ImageInFolder, create_collection
from aecore.runs.files.config_file import config_file
from aecore.runs.run import Run
from aecore.utils.tensors import read_tensors, write_tensors
from pages.parts.latent import map as latent_map
from pages.parts.latent.shapes import SHAPES, SHAPES_3D
from pages.parts.latent.views import VIEWS

CONV = {"network.kind": "conv", "network.channels": [4, 4], "dataset.images": 100}

#: Changes to the small config, and the view that only this kind of code has.
CODES: dict[str, tuple[dict[str, Any], str | None]] = {
    "one dimension": ({"bottleneck.latent": 1}, None),
    "variational": ({"bottleneck.kind": "variational", "bottleneck.latent": 3}, None),
    "feature map": (CONV | {"bottleneck.kind": "feature-map"}, "Feature map"),
    "quantized": (CONV | {"bottleneck.kind": "vector-quantized", "bottleneck.codebook_size": 3}, "Codebook"),
}
TEXTS = {
    "Interpolation": "cross-fade",
    "Manifold": "quantiles",
    "Traversals": "standard deviations",
    "Arithmetic": "the full difference",
    "Samples": "N(0, 1)",
    "Your image": "it appears on the map",
    "Selection": "the lasso",
    "Training replay": "at every snapshot",
    "Codebook": "entries are used",
    "Feature map": "The code is a feature map",
}
DISCRETE_TEXTS = {
    "Interpolation": "The codes of this model are discrete",
    "Samples": "drawn independently",
    "Traversals": "Codebook indices are categorical",
}
SPECIFIC = {"Codebook", "Feature map"}
COMMON = [view.title for view in VIEWS if view.title not in SPECIFIC]


@pytest.fixture
def run(code: str, train_one) -> Run:
    return train_one(CODES[code][0])


def test_every_view_is_tested():
    assert {view.title for view in VIEWS} == set(TEXTS)


@pytest.mark.parametrize("code", CODES)
def test_draws_every_view_for_every_kind_of_code(open_page, run, code):
    specific = CODES[code][1]
    texts = TEXTS | (DISCRETE_TEXTS if code == "quantized" else {})
    for title in (*COMMON, *filter(None, [specific])):
        app = open_page("pages/latent.py", run.id, view=title)
        assert_no_error(app)
        assert texts[title] in page_text(app)
        assert app.session_state["view"] == title
        others = SPECIFIC - {specific}
        (control,) = [group for group in app.button_group if group.key == "view"]
        assert not others & set(control.options)


@pytest.mark.parametrize("code", ["variational"])
def test_falls_back_to_the_first_view_if_the_code_lacks_the_selected_one(open_page, run):
    app = open_page("pages/latent.py", run.id, view="Codebook")
    assert_no_error(app)
    assert app.session_state["view"] == VIEWS[0].title


@pytest.mark.parametrize("code", ["variational"])
@pytest.mark.parametrize("kind", ["dimensions", "pca"])
def test_draws_a_map_with_three_axes(open_page, run, kind):
    assert_no_error(open_page("pages/latent.py", run.id, axes=3, map=kind))


@pytest.mark.parametrize("code", ["variational"])
def test_draws_every_view_if_all_codes_are_equal(open_page, run):
    set_weights(run, 0.0)
    for i, title in enumerate(COMMON):
        assert_no_error(open_page("pages/latent.py", run.id, view=title, axes=2 + i % 2))


@pytest.mark.parametrize("code", ["variational"])
def test_explains_a_diverged_run(open_page, run):
    set_weights(run, math.nan)
    app = open_page("pages/latent.py", run.id)
    assert_no_error(app)
    assert "the training diverged" in page_text(app)


@pytest.mark.parametrize("code", ["variational"])
def test_accepts_an_address_without_values(open_page, run):
    assert_no_error(open_page("pages/latent.py", run.id, view=None, map=None, axes=None))


def test_arithmetic_starts_with_a_change(open_page):
    """For the VAE that comes with the app, the classes 8 and 3 changed the first image by an MSE of 0.003."""
    app = open_page("pages/latent.py", view="Arithmetic")
    (sheet,) = [e.proto.body for e in app.get("html") if "added − subtracted" in e.proto.body]
    pngs = [base64.b64decode(png) for png in re.findall(r"base64,([^\"]+)", sheet)]
    first, last = (np.asarray(Image.open(io.BytesIO(png))) / 255 for png in (pngs[0], pngs[-1]))
    assert ((first - last) ** 2).mean() > 0.02


@pytest.mark.parametrize("message", ["", "UMAP is not installed."])
def test_a_map_without_its_package_is_only_in_the_help(open_page, monkeypatch, message):
    monkeypatch.setattr(PROJECTIONS["umap"], "missing", lambda: message)
    app = open_page("pages/latent.py", **({"map": "umap"} if message else {}))
    assert_no_error(app)
    (control,) = [group for group in app.button_group if group.key == "map"]
    assert ("UMAP" in control.options) == (not message)
    assert control.help == message
    assert app.session_state["map"] == "t-sne"


@pytest.mark.parametrize("code", ["variational"])
def test_limits_the_selected_point_to_those_of_the_run(open_page, run):
    app = open_page("pages/latent.py", run.id, point=10**6)
    assert_no_error(app)
    assert app.session_state["point"] == app.number_input[0].max


@pytest.mark.parametrize("code", ["variational"])
@pytest.mark.parametrize(
    ("axes", "webgl", "most", "trace"),
    [
        (2, True, 10, "scattergl"), (2, True, 1500, "scatter"), (2, False, 10, "scatter"), (2, False, 1500, "scatter"),
        (3, True, 1500, "scatter3d"), (3, False, 1500, "scatter"),
    ],
)  # fmt: skip
def test_classes_have_shapes_and_a_browser_without_webgl_has_a_map(
    open_page, run, monkeypatch, axes, webgl, most, trace
):
    """Plotly draws `most` points without WebGL at most."""
    monkeypatch.setattr(latent_map, "SVG_POINTS", most)
    app = open_page("pages/latent.py", run.id, axes=axes, no_webgl=not webgl)
    assert_no_error(app)
    (chart,) = app.get("plotly_chart")
    traces = json.loads(chart.proto.spec)["data"]
    assert {data["type"] for data in traces} == {trace}
    shapes = [data["marker"]["symbol"] for data in traces]
    assert len(set(shapes)) == min(len(traces), len(SHAPES_3D if trace == "scatter3d" else SHAPES))
    assert ("needs WebGL" in page_text(app)) == (axes == 3 and not webgl)


@pytest.mark.parametrize("code", ["variational"])
@pytest.mark.parametrize(("class_name", "below"), [("plates", False), ("plates of porcelain", True)])
def test_a_legend_of_long_class_names_is_below_the_map(open_page, run, small, class_name, below):
    images = np.random.default_rng(0).integers(0, 256, (60, 28, 28), np.uint8)
    create_collection("c", [ImageInFolder(image, (class_name, "b")[i % 2]) for i, image in enumerate(images)])
    config = small.changed({"dataset.kind": "own", "dataset.validation": 0, "bottleneck": run.config().bottleneck})
    (run.folder / "config.json").write_bytes(config_file(config))
    app = open_page("pages/latent.py", run.id)
    assert_no_error(app)
    (chart,) = app.get("plotly_chart")
    shown = json.loads(chart.proto.spec)
    assert class_name in {data["name"] for data in shown["data"]}
    legend = shown["layout"]["legend"]
    assert (legend["y"] == 0) == below
    assert not below or legend["maxheight"] < 0.3, "many names leave the map its place"


def set_weights(run: Run, value: float) -> None:
    path = run.folder / "model.safetensors"
    weights, metadata = read_tensors(path)
    write_tensors(path, {name: torch.full_like(t, value) for name, t in weights.items()}, metadata)
