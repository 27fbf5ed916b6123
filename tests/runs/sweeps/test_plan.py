"""The plan of a sweep: its runs, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableRun, UnreadableSweep
from aecore.options.error_messages import error_messages
from aecore.runs.sweeps.plan import MAX_RUNS, SweepPlan
from aecore.runs.sweeps.presets import PRESETS


def plan(base: RunConfig, setting: str = "bottleneck.latent", values: Any = (2, 4), **fields: Any) -> SweepPlan:
    return SweepPlan(base=base, setting=setting, values=values, **fields)


def test_every_value_is_trained_with_every_seed(small: RunConfig) -> None:
    base = small.changed({"training.seed": 7})
    members = plan(base, values=(2, 4, 8), seeds=2).members
    assert [(m.number, m.value, m.seed) for m in members] == [
        (0, 2, 7), (1, 4, 7), (2, 8, 7), (3, 2, 8), (4, 4, 8), (5, 8, 8),
    ]  # fmt: skip
    for member in members:
        assert member.config == base.changed({"bottleneck.latent": member.value, "training.seed": member.seed})
        assert member.steps == 30


@pytest.mark.parametrize(
    ("setting", "values", "read"),
    [
        ("bottleneck.latent", ("2", 4), [2, 4]),
        ("training.loss", ("mse", "bce"), ["mse", "bce"]),
        ("network.kind", ("dense", "conv", "residual"), ["dense", "conv", "residual"]),
        ("network.dropout", (0, 0.5), [0.0, 0.5]),
        ("dataset.images", (100, None), [100, None]),
        ("network.widths", ([8], [16, 8]), [[8], [16, 8]]),
        ("training.length", ({"kind": "steps", "steps": 9},), [{"kind": "steps", "steps": 9}]),
        ("training.optimizer.kind", ("adam", "muon"), ["adam", "muon"]),
    ],
)
def test_values_of_any_setting(small: RunConfig, setting: str, values: Any, read: list[Any]) -> None:
    made = plan(small, setting, values, seeds=1)
    assert [member.value for member in made.members] == read
    assert [m.config for m in made.members] == [small.changed({setting: value}) for value in values]
    assert len({made.member_name(member) for member in made.members}) == len(values)
    assert SweepPlan.read(made.to_file()) == made
    assert made.title


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"values": (2, 0)}, "bottleneck.latent=0: Latent size is 0; it must be 1 or more."),
        ({"values": ("many",)}, "bottleneck.latent=many: Latent size is 'many'; it must be a whole number."),
        ({"values": (True,)}, "it must be a whole number"),
        ({"values": ()}, "Values has 0 entries; it must have at least 1."),
        ({"values": (4, 2, "4")}, "bottleneck.latent=4 is given twice; give each value once."),
        ({"values": tuple(range(1, MAX_RUNS))}, "999 values with 3 seeds are 2,997 runs; a sweep has at most 1,000."),
        ({"setting": "bottleneck.size"}, "There is no setting called 'bottleneck.size'."),
        ({"setting": ""}, "There is no setting called ''."),
        ({"setting": "network", "values": ("dense",)}, "Possible values of network.kind are dense"),
        ({"setting": "network.kind", "values": ("dense", "magic")}, "'magic'; possible values are"),
        ({"setting": "network.output", "values": ("linear",)}, "BCE needs values in [0, 1]"),
        ({"setting": "dataset.images", "values": (100, 10**6)}, "Training images is 1,000,000"),
        ({"setting": "training.seed", "values": (1, 2)}, "choose 1 as the number of seeds"),
        ({"seeds": 0}, "Seeds is 0; it must be 1 or more."),
        ({"seeds": 101}, "Seeds is 101; it must be 100 or less."),
        ({"seeds": "x"}, "Seeds is 'x'; it must be a whole number."),
    ],
)
def test_what_is_refused(small: RunConfig, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        plan(small, **fields)
    assert message in " ".join(error_messages(error.value, SweepPlan).values())


def test_the_largest_seed_is_a_seed(small: RunConfig) -> None:
    base = small.changed({"training.seed": 2**31 - 2})
    assert plan(base, seeds=2).members[-1].seed == 2**31 - 1
    with pytest.raises(ValidationError, match="choose a smaller first seed"):
        plan(base, seeds=3)


@pytest.mark.parametrize("name", PRESETS)
def test_presets(name: str) -> None:
    preset = PRESETS[name]
    base = recipe("vae" if name == "beta" else "quick-start").changed({"dataset.kind": "mnist-5k"})
    made = plan(base, preset.setting, preset.values)
    assert len(made.members) == 3 * len(preset.values)
    assert preset.explanation.endswith((".", "?"))


def test_names(small: RunConfig) -> None:
    made = plan(small, values=(2, 4), recipe="quick-start")
    assert (made.default_name, made.member_name(made.members[3])) == (
        "Quick start: latent 2, 4",
        "Quick start, latent 4, seed 1",
    )
    unknown = plan(small, "network.kind", ("conv",), recipe="of another version")
    assert (unknown.default_name, unknown.title) == ("dense: network conv", "Network")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"version": 2}, UnreadableSweep),
        ({"version": None}, ValueError),
        ({"version": "1"}, ValueError),
        ({"base": {"version": 99}}, UnreadableRun),
        ({"base": None}, ValueError),
        ({"base": []}, ValueError),
        ({"values": 3}, ValueError),
        ({"values": [0]}, ValueError),
        ({"seeds": "many"}, ValueError),
        ({"setting": ["a"]}, ValueError),
        ({"created": -1}, ValueError),
        ({"name": None}, ValueError),
        ({"unknown": 1}, ValueError),
    ],
)
def test_damaged_plans(small: RunConfig, change: dict[str, Any], error: type[Exception]) -> None:
    tree = json.loads(plan(small).to_file()) | change
    with pytest.raises(error):
        SweepPlan.read(json.dumps(tree).encode())


def test_a_base_of_an_older_version_is_migrated(small: RunConfig) -> None:
    made = plan(small)
    tree = json.loads(made.to_file())
    del tree["base"]["version"]
    tree["base"]["training"]["epochs"] = tree["base"]["training"].pop("length")["epochs"]
    tree["base"]["training"]["optimiser"] = tree["base"]["training"].pop("optimizer")
    assert SweepPlan.read(json.dumps(tree).encode()) == made
