"""The comparisons of training speed and of time to quality: what they count, their tables, and Keras's networks."""

from __future__ import annotations

import tomllib
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest
import torch

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from benchmarks import time_to_quality, training_speed, usual_keras, versus_keras, versus_loop
from benchmarks.time_to_quality import TARGETS, Result, Target, Watch, row

PROJECT = Path(__file__).parents[2]
RESULT, BETTER = Result(60.0, 20.0, 3.0, True), Result(2.5, 1.5, 2.9, True)
MISSED = Result(125.25, 40.0, 3.5678, False)


def test_sides_alternate_and_medians_are_compared() -> None:
    calls: list[str] = []
    speeds = {"theirs": iter([1000, 9000, 2000] * 2), "ours": iter([3000, 1000, 8000] * 2)}

    def measure(side: str) -> training_speed.Measure:
        def images_per_second(config: RunConfig) -> float:
            assert config.dataset.kind == "mnist-5k"
            assert not config.dataset.validation
            assert config.training.batch_size == training_speed.BATCH
            calls.append(side)
            return next(speeds[side])

        return images_per_second

    table = training_speed.compare("Keras", measure("theirs"), measure("ours"), "mnist-5k", 3)
    assert calls == ["theirs", "ours"] * 6
    assert "Keras, images/s" in table
    assert "| `deep-dense` | 2,000 | 3,000 | 1.50 |" in table
    assert "| `convolutional` | 2,000 | 3,000 | 1.50 |" in table


def test_each_step_counts_its_images() -> None:
    config = training_speed.config_of("deep-dense", "mnist-5k")
    epoch = list(islice(training_speed.this_package(config), config.steps_per_epoch))
    assert sum(epoch) == len(training_speed.load(config.dataset).training)


@pytest.mark.parametrize("name", training_speed.RECIPES)
def test_the_usual_loop_trains_the_network_of_the_recipe(name: str) -> None:
    config = training_speed.config_of(name, "mnist-5k")
    model, loss = versus_loop.USUAL[config.network.kind]()
    assert sum(p.numel() for p in model.parameters()) == count_parameters(config)
    assert type(loss) is {"bce": torch.nn.BCELoss, "mse": torch.nn.MSELoss}[config.training.loss]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_both_sides_of_a_target_have_codes_of_the_size_in_its_title(target: Target) -> None:
    for settings in (target.ours, target.usual):
        config = settings.config("mnist")
        assert f"{config.latent_size} dimensions" in target.title
        assert not config.dataset.validation
        assert f"`{settings.recipe}`" in str(settings)
    assert f"{target.value:.4g}" in target.title or f"{target.value:.2f}" in target.title


def test_the_clock_starts_after_the_first_step_and_stands_during_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("benchmarks.time_to_quality.time.perf_counter", lambda: now)
    config = recipe("deep-dense").config(TARGETS[0].usual.config("mnist").dataset)  # 235 steps per epoch
    watch, evaluated = Watch(TARGETS[0], config), []

    def evaluate() -> float:
        nonlocal now
        now += 1000
        return 10 + step

    for step in range(1, 5 * 235):
        now += 2
        before = now
        assert not watch.after_step(step, evaluate)
        if now > before:
            evaluated.append(step)
    assert evaluated[:3] == [29, 58, 87]
    assert evaluated[-3:] == [2 * 235, 3 * 235, 4 * 235]
    assert watch.result == Result(2 * (4 * 235 - 1), 4, 10 + 4 * 235, False)
    step = 5 * 235
    assert watch.after_step(step, lambda: TARGETS[0].value)
    assert watch.result.reached


@pytest.mark.parametrize(
    ("ours", "usual", "cells"),
    [
        (BETTER, RESULT, "2.5 | 1.5 | 60.0 | 20 | 24.0 |"),
        (BETTER, MISSED, "2.5 | 1.5 | not in 125.2: 3.568 | not in 40 | over 50.1 |"),
        (MISSED, RESULT, "not in 125.2: 3.568 | not in 40 | 60.0 | 20 |  |"),
    ],
)
def test_row(ours: Result, usual: Result, cells: str) -> None:
    assert row(TARGETS[0], ours, usual) == f"| {TARGETS[0].title} | {cells}"


@pytest.mark.parametrize("module", [versus_keras, time_to_quality])
def test_without_keras_they_say_what_to_install(module: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usual_keras, "find_spec", lambda name: None)
    monkeypatch.setattr("sys.argv", ["benchmark", "--data", "mnist-5k"])
    with pytest.raises(SystemExit, match=r'pip install -c constraints.txt -e ".\[bench\]"'):
        module.main()  # type: ignore[attr-defined]
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    assert any(name.startswith("tensorflow") for name in project["optional-dependencies"]["bench"])


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("tensorflow"), reason="needs TensorFlow")
def test_keras_trains_the_networks_of_the_configs() -> None:
    configs = [training_speed.config_of(name, "mnist-5k") for name in training_speed.RECIPES]
    configs += [target.usual.config("mnist-5k") for target in TARGETS]
    with usual_keras.one_process(usual_keras.start_keras) as keras:
        for config in configs:
            assert keras.submit(keras_parameters, config).result() == count_parameters(config)
            assert keras.submit(versus_keras.measure_keras, config, 0.1).result() > 100
        target = Target("easy", "", "bce", 0.6, TARGETS[0].ours, TARGETS[0].usual)
        assert keras.submit(time_to_quality.train_keras, target, configs[0]).result().reached


def keras_parameters(config: RunConfig) -> int:
    return int(usual_keras.build(config).count_params())


def count_parameters(config: RunConfig) -> int:
    return sum(p.numel() for p in config.build_model("meta").parameters())


def test_our_side_stops_at_the_target() -> None:
    target = Target("easy", "", "sse", 1000.0, TARGETS[0].ours, TARGETS[0].usual)
    config = training_speed.config_of("deep-dense", "mnist-5k")
    result = time_to_quality.train_ours(target, config)
    assert result.reached
    assert result.epochs == pytest.approx(config.steps_per_epoch // 8 / config.steps_per_epoch)
    assert result.seconds > 0
