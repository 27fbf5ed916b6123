"""Recipes: named run settings to start from."""

from __future__ import annotations

from aecore.config.recipe import Recipe
from aecore.config.recipes.anomaly import ANOMALY
from aecore.config.recipes.features import FEATURES
from aecore.config.recipes.quick_start import QUICK_START
from aecore.config.recipes.shapes import SHAPES
from aecore.config.recipes.tutorials import TUTORIALS
from aecore.config.recipes.variants import VARIANTS
from aecore.utils.suggestions import did_you_mean

#: Recipes by name; the first is the one to start with.
RECIPES = {recipe.name: recipe for recipe in (QUICK_START, *TUTORIALS, *VARIANTS, ANOMALY, *FEATURES, *SHAPES)}


def recipe(name: str) -> Recipe:
    """Return a recipe by name.

    Raises:
        KeyError: there is no recipe with that name; the message lists the possible names.
    """
    if name not in RECIPES:
        mean = did_you_mean(name, RECIPES)
        raise KeyError(f"There is no recipe called {name!r}; possible values are {', '.join(RECIPES)}.{mean}")
    return RECIPES[name]
