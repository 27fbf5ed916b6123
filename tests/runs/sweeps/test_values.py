"""Values of a setting as a text."""

from __future__ import annotations

import pytest

from aecore.config.recipes import recipe
from aecore.data import Mnist5k
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.presets import PRESETS
from aecore.runs.sweeps.values import parse_values, values_text


@pytest.mark.parametrize("values", [*(preset.values for preset in PRESETS.values()), ([128, 64], [256]), (100, None)])
def test_the_text_of_values_is_read_back(values):
    assert parse_values(values_text(values)) == values


@pytest.mark.parametrize("text", ["2, 4", "2, 4,", " 2,4 , "])
def test_a_comma_after_the_last_value_changes_nothing(text):
    assert parse_values(text) == (2, 4)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_fits_its_recipe(preset):
    base = recipe(preset.recipe).config(Mnist5k())
    plan = SweepPlan(recipe=preset.recipe, base=base, setting=preset.setting, values=preset.values, seeds=2)
    assert plan.member_label(plan.members[-1]) == f"{plan.short_setting} {plan.members[-1].text}, seed 1"
