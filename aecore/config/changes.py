"""Changes of single settings in a tree of settings, as `RunConfig.changed` takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from aecore.config.training import Training
from aecore.data import Dataset
from aecore.options.registry import change_setting, options_by_kind

_SET_LEARNING_RATE = {("training",), ("training", "learning_rate")}


def apply_changes(tree: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Change settings in place.

    Args:
        tree: all settings, as JSON.
        changes: values by dotted path. A dict changes only the settings that it names; a model replaces its group. A
            new optimizer with another default learning rate brings it along, unless the changes name a rate.
    """
    default_rate = _default_learning_rate(tree)
    # Kinds first: they determine which other settings exist.
    leaves = sorted(_leaves(changes), key=lambda change: change[0][-1] != "kind")
    for path, value in leaves:
        *groups, leaf = path
        node = tree
        for group in groups:
            if not isinstance(node.get(group), dict):
                node[group] = {}  # validation rejects it if the path does not exist
            node = node[group]
        if leaf == "kind" and node.get("kind") != value:
            node.clear()
        plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
        option = options_by_kind(Dataset).get(node.get("kind", "")) if groups == ["dataset"] else None
        change_setting(option, node, leaf, plain)
    # A rate that suits one optimizer may not suit another.
    if _default_learning_rate(tree) != default_rate and not {path for path, _ in leaves} & _SET_LEARNING_RATE:
        tree["training"]["learning_rate"] = _default_learning_rate(tree)


def _default_learning_rate(tree: Mapping[str, Any]) -> Any:
    training = tree.get("training")
    return Training.dependent_defaults(training if isinstance(training, dict) else {})["learning_rate"]


def _leaves(changes: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in changes.items():
        path = (*prefix, *str(name).split("."))
        if isinstance(value, dict):
            yield from _leaves(value, path)
        else:
            yield path, value
