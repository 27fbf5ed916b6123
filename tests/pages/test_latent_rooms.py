"""Every view of the latent space, on every kind of code."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from page_words import assert_no_error, page_text

from aecore.runs.run import Run
from aecore.utils.tensors import read_tensors, write_tensors
from pages.parts.latent.views import VIEWS as ROOMS

CONV = {"network.kind": "conv", "network.channels": [4, 4], "dataset.images": 100}

#: Changes to the small config, and the view that only this kind of code has.
CODES: dict[str, tuple[dict[str, Any], str | None]] = {
    "one number": ({"bottleneck.latent": 1}, None),
    "variational": ({"bottleneck.kind": "variational", "bottleneck.latent": 3}, None),
    "feature map": (CONV | {"bottleneck.kind": "feature-map"}, "Feature map"),
    "quantized": (CONV | {"bottleneck.kind": "vector-quantized", "bottleneck.codebook_size": 3}, "Codebook"),
}
SAYS = {
    "Between two": "cross-fade",
    "Manifold grid": "at equal shares",
    "Traversals": "standard deviations",
    "Arithmetic": "to the whole difference",
    "Your picture": "it appears on the map",
    "As it was learned": "at every snapshot",
    "Generate": "N(0, 1)",
    "Chosen points": "the lasso",
    "Codebook": "entries are used",
    "Feature map": "The code is a map",
}
UNLIKE = {
    ("quantized", "Between two"): "No code lies between",
    ("quantized", "Generate"): "draws its entry alone",
    ("quantized", "Traversals"): "no more or less",
}


@pytest.fixture
def run(name: str, train_one) -> Run:
    return train_one(CODES[name][0])


@pytest.mark.parametrize("name", CODES)
def test_every_view_draws_every_kind_of_code(open_page, run, name):
    own = CODES[name][1]
    for room in (*ROOMS, *filter(None, [own])):
        app = open_page("pages/latent.py", run.id, view=room)
        assert_no_error(app)
        words = {**SAYS, **{room: told for (kind, room), told in UNLIKE.items() if kind == name}}
        assert words[room] in page_text(app)


@pytest.mark.parametrize("name", ["variational"])
def test_a_view_that_another_run_had_gives_way(open_page, run):
    app = open_page("pages/latent.py", run.id, view="Codebook")
    assert_no_error(app)
    assert app.session_state["view"] == next(iter(ROOMS))


@pytest.mark.parametrize("name", ["variational"])
@pytest.mark.parametrize("kind", ["dimensions", "pca"])
def test_three_axes(open_page, run, kind):
    assert_no_error(open_page("pages/latent.py", run.id, axes=3, map=kind))


@pytest.mark.parametrize("name", ["variational"])
def test_a_model_that_gives_every_picture_one_code_has_every_view(open_page, run):
    set_weights(run, 0.0)
    for i, room in enumerate(ROOMS):
        assert_no_error(open_page("pages/latent.py", run.id, view=room, axes=2 + i % 2))


@pytest.mark.parametrize("name", ["variational"])
def test_a_diverged_run_is_told(open_page, run):
    set_weights(run, math.nan)
    app = open_page("pages/latent.py", run.id)
    assert_no_error(app)
    assert "its training diverged" in page_text(app)


def set_weights(run: Run, value: float) -> None:
    path = run.folder / "model.safetensors"
    weights, metadata = read_tensors(path)
    write_tensors(path, {name: torch.full_like(t, value) for name, t in weights.items()}, metadata)


@pytest.mark.parametrize("name", ["variational"])
def test_an_address_that_names_nothing_is_no_trouble(open_page, run):
    assert_no_error(open_page("pages/latent.py", run.id, view=None, map=None, axes=None))
