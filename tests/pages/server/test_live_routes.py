"""The routes of the live views: unknown runs, images, ETags, and how often a run's files are read."""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import streamlit as st
from live_client import TRAINING, copy_of, damage, get, remove
from PIL import Image

from aecore.errors import UnreadableRun
from aecore.images import to_pixels
from aecore.runs.run import Run
from aecore.runs.store import Store
from pages.parts.runs import live, live_text
from pages.parts.server import routes
from pages.parts.server.load import Load
from pages.parts.shell.paths import UPLOT, UPLOT_SCRIPT


@pytest.fixture
def run(watched: Run) -> Run:
    """A trained run, which tests put in other states."""
    return watched


@pytest.mark.parametrize(
    ("prepare", "problem"),
    [
        (damage("state.json"), "state.json is damaged"),
        (damage("config.json"), "config.json is damaged"),
        (lambda run: shutil.rmtree(run.folder), "It may have been deleted."),
    ],
    ids=["state", "config", "deleted"],
)
def test_unreadable_run_is_not_found(run: Run, prepare: Callable[[Run], object], problem: str) -> None:
    get(f"/live/{run.id}")
    prepare(run)
    for path in (f"/live/{run.id}", f"/live/{run.id}.png"):
        answer = get(path)
        assert answer.status == 404
        assert problem in answer.json["problem"]


@pytest.mark.parametrize("run_id", ["nonsense", "..", "A" * 500, "-", "20260101-000000-abcdef ", "<b>", "é", "\x00"])
@pytest.mark.parametrize("suffix", ["", ".png"])
def test_unknown_ids(app_store: Store, run_id: str, suffix: str) -> None:
    answer = get(f"/live/{run_id}{suffix}")
    assert answer.status == 404
    assert answer.json["problem"].startswith("There is no run")


def test_unexpected_error_is_logged_and_not_sent(run: Run, monkeypatch, capsys) -> None:
    def fail(self: Run) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(Run, "live", fail)
    answer = get(f"/live/{run.id}")
    assert answer.status == 404
    assert "secret" not in answer.json["problem"]
    assert "secret" in capsys.readouterr().err


def test_a_start_is_asked_for_more_often(run: Run, monkeypatch) -> None:
    """While a run is about to start or takes its first step; and less often once it has trained for a while."""
    monkeypatch.setattr(routes, "server_load", Load())
    intervals = []
    first_images = (run.folder / "live.safetensors").read_bytes()
    (run.folder / "live.safetensors").unlink()
    for changes in ({"status": "queued", "pid": None}, TRAINING):
        run.change_state(**changes)
        intervals.append(get(f"/live/{run.id}").json["interval"])
    (run.folder / "live.safetensors").write_bytes(first_images)
    intervals.append(get(f"/live/{run.id}").json["interval"])
    assert intervals == [0.2, 0.2, 0.4]
    for seconds in (9.0, 11.0):
        run.write_live(run.live().metrics | {"seconds": seconds}, run.live().reconstructions)
        intervals.append(get(f"/live/{run.id}").json["interval"])
    assert intervals[3:] == [0.4, 1.0]


def test_sheet_shows_the_examples(run: Run) -> None:
    shown = get(f"/live/{run.id}").json
    assert (shown["rows"], shown["tile"]) == (["original", "reconstruction"], [28, 28])
    path, _, query = shown["sheet"].partition("?")
    answer = get(f"/{path}", query)
    assert answer.headers["content-type"] == "image/png"
    pixels = np.asarray(Image.open(io.BytesIO(answer.body)))
    assert pixels.shape == (2 * 28, 10 * 28)
    for row, images in enumerate((run.examples().originals, run.live().reconstructions)):
        for column, image in enumerate(to_pixels(images)[..., 0]):
            assert (pixels[row * 28 :][:28, column * 28 :][:, :28] == image).all()


@pytest.mark.parametrize("changes", [{}, {"corruption.kind": "gaussian"}, {"dataset.kind": "vectors"}])
def test_layout_of_a_run_that_has_not_started_is_that_of_its_sheet(train_one, changes: dict[str, Any]) -> None:
    vectors = {"dataset.images": 50, "training.loss": "mse", "training.batch_size": 10}
    run = train_one(changes | (vectors if "dataset.kind" in changes else {}))
    shown, layout = get(f"/live/{run.id}").json, live.live_layout(run.config())
    assert {key: shown[key] for key in layout} == layout | {"tile": list(layout["tile"])}


@pytest.mark.parametrize("suffix", ["", ".png"])
def test_unchanged_answers_are_not_sent_again(run: Run, suffix: str) -> None:
    first = get(f"/live/{run.id}{suffix}", "since=30")
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = get(f"/live/{run.id}{suffix}", "since=30", if_none_match=known)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    last = run.live()
    run.write_live(last.metrics | {"step": 29}, 255 - last.reconstructions)
    changed = get(f"/live/{run.id}{suffix}", "since=30", if_none_match=tag)
    assert changed.status == 200
    assert changed.headers["etag"] != tag


def test_files_are_read_once_per_change(run: Run, monkeypatch) -> None:
    run.change_state(**TRAINING)
    counts: Counter[str] = Counter()

    def count(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def counting(*args: Any, **kwargs: Any) -> Any:
            counts[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)

    monkeypatch.setattr(live_text, "SECONDS_BETWEEN_LISTINGS", 60.0)
    live_text._trainings.refresh()
    for name in ("examples", "live", "results", "metrics"):
        count(Run, name)
    count(live, "to_png")
    for file in run.folder.iterdir():  # old enough that the next change has another time
        os.utime(file, (1, 1))
    for _ in range(3):
        get(f"/live/{run.id}")
        get(f"/live/{run.id}.png")
    assert counts == {"examples": 1, "live": 1, "results": 1, "to_png": 1}
    last = Run(run.folder).live()
    counts.clear()
    run.write_live(last.metrics, last.reconstructions)
    os.utime(run.folder / "live.safetensors", (2, 2))
    for _ in range(3):
        get(f"/live/{run.id}.png")
    assert counts == {"live": 1, "to_png": 1}


def test_a_moment_after_a_request_no_file_is_looked_at(run: Run, monkeypatch) -> None:
    monkeypatch.setattr(live, "SECONDS_BETWEEN_CHECKS", 60.0)
    assert get(f"/live/{run.id}").json["status"] == "finished"
    run.change_state(status="stopped")
    assert get(f"/live/{run.id}").json["status"] == "finished"


def test_few_runs_are_kept(app_store: Store, trained: Run, monkeypatch) -> None:
    monkeypatch.setattr(live, "MAX_RUNS", 2)
    runs = [copy_of(trained, app_store) for _ in range(3)]
    known = live.LiveRuns()
    first, second, last = (known.get(run.id) for run in runs)
    assert [known.get(run.id) is before for run, before in zip(runs[1:], (second, last), strict=True)] == [True, True]
    assert known.get(runs[0].id) is not first


def test_runs_that_nobody_watches_are_dropped(app_store: Store, trained: Run) -> None:
    runs = [copy_of(trained, app_store) for _ in range(2)]
    known = live.LiveRuns()
    first, second = (known.get(run.id) for run in runs)
    first.used -= live.SECONDS_KEPT + 1
    assert known.drop_unused() == 1
    assert known.get(runs[1].id) is second
    assert known.get(runs[0].id) is not first


def test_a_deleted_run_cannot_be_updated(run: Run) -> None:
    known = live.live_run(run)
    shutil.rmtree(run.folder)
    with pytest.raises(UnreadableRun):
        known.update()


@pytest.mark.parametrize(("base", "prefix"), [("", ""), ("lab", "/lab"), ("/a/b/", "/a/b")])
def test_routes_are_below_the_base_path(app_store: Store, monkeypatch, base: str, prefix: str) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.__getitem__)
    assert "problem" in get(f"{prefix}/live/x").json
    assert get(f"{prefix}/{UPLOT}/{UPLOT_SCRIPT}").status == 200


def test_browsers_keep_the_chart_library() -> None:
    answer = get(f"/{UPLOT}/{UPLOT_SCRIPT}")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert {"public", "immutable"} <= set(answer.headers["cache-control"].split(", "))
    version = re.search(rb"uPlot \(v([\d.]+)\)", answer.body)
    assert version
    assert UPLOT.endswith(version[1].decode()), "the address names the version, so that another one is loaded"


def test_snapshots_after_a_step(run: Run) -> None:
    """With their images, moments and errors; the state names the last one, so that browsers know of new ones."""
    steps = run.snapshot_steps()
    assert get(f"/live/{run.id}", "only=state").json["snapshot"] == steps[-1]
    answer = get(f"/live/{run.id}/snapshots", f"after={steps[-3]}").json
    assert answer["steps"] == steps
    assert [snapshot["step"] for snapshot in answer["snapshots"]] == steps[-2:]
    assert {len(snapshot["errors"]) for snapshot in answer["snapshots"]} == {10}
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer["sheet"].partition(",")[2]))))
    assert sheet.shape == (2 * 28, 10 * 28)
    none = get(f"/live/{run.id}/snapshots", f"after={steps[-1]}").json
    assert (none["snapshots"], none["sheet"]) == ([], None)
    run.remove_snapshot(steps[-1])
    assert get(f"/live/{run.id}", "only=state").json["snapshot"] == steps[-2]


@pytest.mark.parametrize("after", ["", "-1", "x", "9" * 30, "²"])
def test_snapshots_after_nonsense(run: Run, after: str) -> None:
    answer = get(f"/live/{run.id}/snapshots", f"after={after}")
    assert [snapshot["step"] for snapshot in answer.json["snapshots"]] == run.snapshot_steps()


def test_snapshots_of_a_run_without_examples(run: Run) -> None:
    remove("examples.safetensors")(run)
    assert "has no images yet" in get(f"/live/{run.id}/snapshots").json["problem"]
