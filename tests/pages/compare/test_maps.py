"""The latent maps of the Compare page."""

from __future__ import annotations

import pytest
from page_elements import assert_no_error, component_data, page_text

from pages.parts.shell.paths import ROOT

VECTORS = {
    "dataset": {"kind": "vectors", "images": 100},
    "training.loss": "mse",
    "training.length": {"kind": "epochs", "epochs": 2},
}


@pytest.fixture
def open_maps(open_page):
    def opened(*runs: str):
        app = open_page("pages/home.py")
        app.query_params["runs"] = ",".join(runs)
        app.session_state["section"] = "Latent maps"
        app = app.switch_page(str(ROOT / "pages/compare.py")).run()
        assert_no_error(app)
        return app, next(data for data in component_data(app) if "maps" in data)

    return opened


#: The runs of each kind that are compared with the two-dimensional one.
KINDS = {
    "vae": ({"bottleneck": {"kind": "variational", "latent": 3}}, "PCA of 3 dimensions"),
    "one dimension": ({"bottleneck.latent": 1}, "the only latent dimension"),
    "conv": ({"network": {"kind": "conv", "channels": [4, 8]}}, "PCA of 4 dimensions"),
    "vector-quantized": (
        {
            "network": {"kind": "conv", "channels": [4, 8]},
            "bottleneck": {"kind": "vector-quantized", "codebook_dim": 4},
        },
        "PCA of 196 dimensions",
    ),
}


@pytest.mark.parametrize(("changes", "title"), KINDS.values(), ids=KINDS)
def test_maps_show_the_same_images(open_maps, train_one, changes, title):
    _, data = open_maps("starter-3-two", train_one(changes).id)
    assert [m["title"].partition(",")[0] for m in data["maps"]] == ["both latent dimensions", title]
    assert len(data["labels"]) == len(data["maps"][0]["points"]) == len(data["maps"][1]["points"]) == 500
    assert all(0 <= value <= 1 for m in data["maps"] for point in m["points"] for value in point)


def test_runs_of_another_size_are_named(open_maps, train_one):
    app, data = open_maps("starter-3-two", train_one(VECTORS).id)
    assert [m["number"] for m in data["maps"]] == [0]
    assert "Run B takes inputs of another size (10) than run A (1 × 28 × 28)" in page_text(app)
    _, data = open_maps(train_one(VECTORS).id, train_one(VECTORS | {"training.seed": 1}).id)
    assert data["unit"] == "vector"
    assert not data["names"]


def test_a_run_without_weights_is_named(open_maps, train_one):
    run = train_one({"training.seed": 2})
    (run.folder / "model.safetensors").unlink()
    app, data = open_maps("starter-3-two", run.id)
    assert [m["number"] for m in data["maps"]] == [0]
    assert "This run has no weights" in page_text(app)
