"""The runs that the Compare page shows, for good and bad addresses."""

from __future__ import annotations

import shutil

import pytest
import torch
from page_elements import assert_no_error, component_data, page_text, widget

from aecore.runs.run import Examples, Run
from pages.parts.shell.paths import ROOT
from pages.parts.shell.session import COMPARED

PAGE = "pages/compare.py"
ONE, TWO, VAE = "starter-1-quick", "starter-3-two", "starter-2-vae"

#: The address, the runs that are shown, and a message.
ADDRESSES = {
    "two": (f"{ONE},{VAE}", [ONE, VAE], ""),
    "twice the same": (f"{ONE},{ONE},{VAE}", [ONE, VAE], ""),
    "one": (ONE, [ONE], "Choose at least two runs"),
    "deleted": (f"{ONE},20260101-000000-abcdef,{VAE}", [ONE, VAE], "There is no run “20260101-000000-abcdef” here."),
    "only unknown": ("<b>,../x", [], "Choose at least two runs"),
    "more than four": (
        f"{ONE},{TWO},{VAE},starter-4-conv,starter-5-denoise",
        [ONE, TWO, VAE, "starter-4-conv"],
        "At most 4 runs can be compared",
    ),
}


def wall(app):
    """The data of the wall."""
    return next(data for data in component_data(app) if "sheet" in data)


@pytest.fixture
def open_runs(open_page):
    def opened(runs: str | None):
        app = open_page("pages/home.py")
        if runs is not None:
            app.query_params["runs"] = runs
        return app.switch_page(str(ROOT / PAGE)).run()

    return opened


@pytest.mark.parametrize(("address", "shown", "message"), ADDRESSES.values(), ids=ADDRESSES)
def test_address(open_runs, address, shown, message):
    app = open_runs(address)
    assert_no_error(app)
    assert app.session_state[COMPARED.name] == shown
    assert widget(app, "compared_runs").value == shown
    assert app.query_params["runs"] in (",".join(shown), [",".join(shown)])
    assert message in page_text(app)


def test_without_an_address_runs_of_the_same_data_and_loss_are_proposed(open_runs):
    app = open_runs(None)
    assert_no_error(app)
    assert [run["name"] for run in wall(app)["runs"]] == [
        "Dense, 2 dimensions",
        "Dense, 16 dimensions",
        "VAE, 20 dimensions",
    ]


def test_choice_is_kept_on_other_pages(open_runs):
    app = open_runs(f"{ONE},{VAE}")
    widget(app, "compared_runs").set_value([VAE, TWO]).run()
    app.switch_page(str(ROOT / "pages/train.py")).run()
    app = app.switch_page(str(ROOT / PAGE)).run()
    assert_no_error(app)
    assert widget(app, "compared_runs").value == [VAE, TWO]


def test_every_snapshot_has_a_position_on_each_axis(open_runs):
    shown = wall(open_runs(f"{ONE},{TWO}"))
    for run in shown["runs"]:
        for axis in shown["axes"]:
            positions = [snapshot[axis] for snapshot in run["snapshots"]]
            assert positions == sorted(positions)
    assert [run["snapshots"][-1]["epoch"] for run in shown["runs"]] == [60.0, 100.0]


def other_examples(run: Run, images: torch.Tensor) -> None:
    found = run.examples()
    assert found
    run.write_examples(Examples(images, found.labels))


#: What the second run's examples are, and what the page says.
OTHER_DATA = {
    "some shared": (lambda images: torch.cat([images[4:], 255 - images[:4]]), "share 6 images"),
    "none shared": (lambda images: 255 - images, "no test image in common"),
    "another size": (lambda images: images[..., :14, :14].contiguous(), "no test image in common"),
}


@pytest.mark.parametrize(("change", "message"), OTHER_DATA.values(), ids=OTHER_DATA)
def test_runs_of_different_data(open_runs, app_store, trained, change, message):
    copies = [Run(shutil.copytree(trained.folder, app_store.root / f"20260101-000000-00000{i}")) for i in range(2)]
    other_examples(copies[1], change(trained.examples().originals))
    app = open_runs(",".join(run.id for run in copies))
    assert_no_error(app)
    assert message in page_text(app)
    if "6" in message:
        assert wall(app)["columns"] == 6


def test_runs_without_shared_images_are_left_out(open_runs, app_store, trained):
    """Those that share images with another one are shown, with the letters that they have in the other sections."""
    other = Run(shutil.copytree(trained.folder, app_store.root / "20260101-000000-000000"))
    other_examples(other, 255 - trained.examples().originals)
    damaged = Run(shutil.copytree(trained.folder, app_store.root / "20260101-000000-000001"))
    (damaged.folder / "examples.safetensors").unlink()
    app = open_runs(f"{damaged.id},{other.id},{TWO},{VAE}")
    assert_no_error(app)
    assert [(run["number"], run["name"]) for run in wall(app)["runs"]] == [
        (2, "Dense, 2 dimensions"),
        (3, "VAE, 20 dimensions"),
    ]
    assert "Left out, without a test image in common with C: B MNIST, 5,000 (1 × 28 × 28)." in page_text(app)


def test_a_run_that_began_a_moment_ago_is_shown(open_runs, app_store, trained):
    """The store's list of runs may be a second old."""
    app = open_runs(f"{ONE},{TWO}")
    new = shutil.copytree(trained.folder, app_store.root / "20260101-000000-000000")
    widget(app, "compared_runs").set_value([ONE]).run()
    app.session_state[COMPARED.name] = [new.name, ONE]
    app = app.run()
    assert_no_error(app)
    assert widget(app, "compared_runs").value == [new.name, ONE]
