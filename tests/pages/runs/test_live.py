"""The live views of a run: what they show in each state, and the records that they add to the loss chart."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from live_client import TRAINING, Answer, copy_of, damage, get, remove

from aecore.runs.run import Run
from aecore.runs.store import Store
from pages.parts.runs import live_text


@pytest.fixture
def run(watched: Run) -> Run:
    """A trained run, which tests put in other states."""
    return watched


WAITING = "Loading the data and taking the first step …"

#: The state, what happens to the files, and some fields of the answer.
STATES: dict[str, tuple[dict[str, Any], Callable[[Run], object] | None, dict[str, Any]]] = {
    "training": (TRAINING, None, {"status": "training", "label": "Training", "message": None, "columns": 10}),
    "finished": ({}, None, {"status": "finished", "label": "Finished", "message": None, "progress": ""}),
    "stopped": ({"status": "stopped"}, None, {"status": "stopped", "label": "Stopped at step 30"}),
    "worker died": ({**TRAINING, "pid_created": 1.0}, None, {"status": "interrupted"}),
    "first step": (
        TRAINING,
        remove("live.safetensors", "examples.safetensors", "metrics.jsonl", "baseline.json"),
        {"message": WAITING, "sheet": None, "records": [], "step": 0, "baseline": None, "fraction": 0, "metrics": []},
    ),
    "queued": (
        {"status": "queued"},
        remove("live.safetensors"),
        {"label": "About to start", "message": WAITING, "sheet": None},
    ),
    "queued again": ({"status": "queued"}, None, {"message": None, "rows": ["original", "reconstruction"], "step": 30}),
    "live file damaged": (TRAINING, damage("live.safetensors"), {"message": WAITING, "sheet": None, "step": 30}),
    "examples damaged": (TRAINING, damage("examples.safetensors"), {"message": WAITING, "sheet": None}),
    "metrics damaged": (TRAINING, damage("metrics.jsonl"), {"records": [], "step": 0, "message": None}),
    "baseline damaged": (TRAINING, damage("baseline.json"), {"baseline": None, "message": None}),
    "baseline of another kind": (
        TRAINING,
        lambda run: (run.folder / "baseline.json").write_text('{"sse": 1}'),
        {"baseline": None},
    ),
    "metrics of another kind": (
        TRAINING,
        lambda run: run.write_live({"step": 3}, run.live().reconstructions),
        {"metrics": [], "fraction": 0, "label": "Training"},
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_answers_in_every_state(run: Run, name: str) -> None:
    changes, prepare, expected = STATES[name]
    if prepare:
        prepare(run)
    run.change_state(**changes)
    answer = get(f"/live/{run.id}", "since=0")
    assert answer.status == 200
    assert {key: answer.json[key] for key in expected} == expected
    assert answer.headers["cache-control"] == "no-cache"
    state = get(f"/live/{run.id}", "only=state").json
    same = {key: answer.json[key] for key in ("status", "label")}
    assert {**state, "interval": 0} == {**same, "snapshot": max(run.snapshot_steps(), default=None), "interval": 0}


def test_shows_metrics_baseline_and_progress(run: Run) -> None:
    run.change_state(**TRAINING)
    shown = get(f"/live/{run.id}").json
    metrics = run.live().metrics
    assert shown["metrics"][0] == ["step", "30", ""]
    assert shown["metrics"][1] == ["training loss", f"{metrics['losses']['loss']:.1f}", "nats/image"]
    assert shown["fraction"] == 1.0
    assert shown["progress"].startswith("epoch 3 of 3")
    baseline = run.results("baseline")
    assert shown["baseline"]["name"] == "PCA, 4 components"
    assert shown["baseline"]["loss"] == pytest.approx(baseline["bce"] * 784)


def test_diagnoses_are_shown(run: Run) -> None:
    run.change_state(**TRAINING)
    last = run.live()
    run.write_live(last.metrics, last.reconstructions * 0)
    assert "Every reconstruction is black" in get(f"/live/{run.id}").json["diagnoses"][0]


@pytest.mark.parametrize("others", [1, 11])
def test_shares_the_cores_with_others(run: Run, trained: Run, app_store: Store, monkeypatch, others: int) -> None:
    monkeypatch.setenv("AECORE_SLOTS", "1")
    monkeypatch.setattr(live_text, "_cores", lambda: "2 cores")
    live_metrics = run.live().metrics
    for seconds, each in [(20.0, run), *((10.0, copy_of(trained, app_store)) for _ in range(others))]:
        each.write_live(live_metrics | {"seconds_left": seconds}, run.live().reconstructions)
        each.change_state(**TRAINING)
    shown = get(f"/live/{run.id}").json
    assert shown["label"] == f"Training, sharing 2 cores with {others} other{'s' if others > 1 else ''}"
    assert shown["progress"].endswith(f"· about {live_text.metrics_table.duration(20 + 10 * others)} left")


@pytest.mark.parametrize(
    ("max_seconds", "others", "text"),
    [
        (None, 0, "2.0\u00a0h left"),
        (7300.0, 0, "2.0\u00a0h left"),
        (3700.0, 0, "stops in 60\u00a0min, at this server's limit"),
        (3700.0, 1, "stops in about 2.0\u00a0h, at this server's limit"),
        (50.0, 0, "stops in 0\u00a0s, at this server's limit"),
    ],
)
def test_the_time_left_ends_with_the_longest_training(
    run: Run, trained: Run, app_store: Store, monkeypatch, max_seconds: float | None, others: int, text: str
) -> None:
    monkeypatch.setenv("AECORE_SLOTS", "1")
    live_metrics = run.live().metrics | {"seconds_left": 7200.0, "seconds": 100.0}
    for each in [run, *(copy_of(trained, app_store) for _ in range(others))]:
        each.write_live(live_metrics, run.live().reconstructions)
        each.change_state(**TRAINING, max_seconds=max_seconds)
    assert get(f"/live/{run.id}").json["progress"].endswith(f" · {text}")


@pytest.mark.parametrize(("others", "text"), [(0, ""), (1, " with 1 other"), (2, " with 2 others")])
def test_on_a_cluster_the_time_left_is_that_of_a_run_alone(
    run: Run, trained: Run, app_store: Store, monkeypatch, others: int, text: str
) -> None:
    monkeypatch.setenv("AECORE_RAY", "auto")
    live_metrics = run.live().metrics | {"seconds_left": 20.0}
    for each in [run, *(copy_of(trained, app_store) for _ in range(others))]:
        each.write_live(live_metrics, run.live().reconstructions)
        each.change_state(**TRAINING)
    shown = get(f"/live/{run.id}").json
    assert shown["label"] == f"Training on the Ray cluster{text}"
    assert ("left" in shown["progress"]) == (not others), "with others it is not known"


# -- records


def steps(answer: Answer) -> list[int]:
    return [record[0] for record in answer.json["records"]]


def test_sends_the_records_since_a_step(run: Run) -> None:
    records = run.metrics()
    everything = get(f"/live/{run.id}", "since=0").json
    assert everything["step"] == records[-1]["step"] == 30
    assert [row[:2] for row in everything["records"]] == [[r["step"], r["epoch"]] for r in records]
    last = records[-1]
    assert everything["records"][-1][2] == pytest.approx(last["train"]["loss"], abs=1e-4)
    assert everything["records"][-1][3] == pytest.approx(last["validation"]["loss"], abs=1e-4)
    assert steps(get(f"/live/{run.id}", "since=20")) == list(range(21, 31))
    assert steps(get(f"/live/{run.id}", "since=30")) == []
    run.append_metrics({**last, "step": 31, "train": {"loss": float("nan")}})
    row = [31, 3.0, None, everything["records"][-1][3], None, last["seconds"], None]
    assert get(f"/live/{run.id}", "since=30").json["records"] == [row]


@pytest.mark.parametrize(("since", "reset"), [("40", True), ("10", False), ("20", True), ("", False), ("x", False)])
def test_resumption_resets_the_records(run: Run, since: str, reset: bool) -> None:
    get(f"/live/{run.id}", "since=0")
    last = run.metrics()[-1]
    run.rewind_metrics(10)
    run.append_metrics({**last, "step": 25})
    answer = get(f"/live/{run.id}", f"since={since}")
    assert answer.json["reset"] is reset
    assert steps(answer) == ([25] if since == "10" else [*range(1, 11), 25])


def test_long_curves_are_sampled(run: Run) -> None:
    last = run.metrics()[-1]
    for step in range(31, 2_000):
        run.append_metrics({**last, "step": step, "train": {"loss": 1.0}, "validation": {"loss": 2.0}})
    sent = steps(get(f"/live/{run.id}", "since=0"))
    assert sent[:20] == list(range(1, 21))
    assert sent[-1] == 1_999
    assert len(sent) < 700
    assert steps(get(f"/live/{run.id}", "since=1000")) == list(range(1_001, 2_000))


def test_an_incomplete_line_is_read_once_it_is_complete(run: Run) -> None:
    get(f"/live/{run.id}")
    line = json.dumps({**run.metrics()[-1], "step": 31}).encode() + b"\n"
    for part in (line[:20], line[20:]):
        with open(run.folder / "metrics.jsonl", "ab") as file:
            file.write(part)
        answer = get(f"/live/{run.id}", "since=30")
        assert steps(answer) == ([] if part == line[:20] else [31])
