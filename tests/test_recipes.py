from __future__ import annotations

import pytest

from aecore.datasets import Mnist5k
from aecore.diagram import diagram
from aecore.recipes import RECIPES, recipe


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_makes_a_config_and_says_what_it_shows(name: str) -> None:
    entry = recipe(name)
    assert entry.name == name
    assert entry.title
    assert entry.explanation.endswith(".")
    config = entry.config(Mnist5k())
    assert config.dataset == Mnist5k()
    assert (config.network, config.bottleneck, config.training) == (entry.network, entry.bottleneck, entry.training)
    assert diagram(config)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(KeyError, match=f"no recipe called 'soup'; possible are {', '.join(RECIPES)}"):
        recipe("soup")


@pytest.mark.usefixtures("full_mnist")
def test_the_default_data_set_is_the_fullest_here() -> None:
    assert next(iter(RECIPES.values())).config().dataset.kind == "mnist"
