"""The names of runs."""

from __future__ import annotations

import itertools
from collections.abc import Container

from aecore.config.recipe import Recipe
from aecore.config.run_config import RunConfig, changes
from aecore.utils.one_line import one_line

MAX_NAME_LENGTH = 60


def clean_name(name: str) -> str:
    """Return a name as entered on one line and cut to the longest possible; empty if it is blank."""
    return one_line(name)[:MAX_NAME_LENGTH].strip()


def free_name(name: str, taken: Container[str]) -> str:
    """Return the name, with a number in parentheses if it is taken."""
    numbered = (f"{name} ({number})" for number in itertools.count(2))
    return name if name not in taken else next(n for n in numbered if n not in taken)


def run_name(config: RunConfig, recipe: Recipe) -> str:
    """Name a new run by its recipe and the settings that differ from it: `Quick start, latent 2`."""
    base = recipe.fitted(config.dataset).model_copy(update={"dataset": recipe.config().dataset})
    changed = [_change_text(config, path, value) for path, value in changes(base, config)]
    return clean_name(", ".join([recipe.title, *changed]))


def _change_text(config: RunConfig, path: tuple[str, ...], value: object) -> str:
    if path[:2] == ("training", "length"):
        return config.training.length.text
    if path == ("dataset",):
        return f"dataset {config.dataset.short_name}"
    return f"{path[-1].replace('_', ' ')} {value_text(value)}"


def value_text(value: object) -> str:
    """Return the value of a setting as part of a name, such as `128-64`."""
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)
