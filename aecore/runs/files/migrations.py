"""Migration of older run formats when they are read; files change only when a run is written.

Version 0 had no `version` key and other names for some settings, recipes and tensors. Up to version 1, the length of a
training was always a number of epochs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from aecore.errors import UnreadableRun

#: The version written to `config.json` and `state.json`.
FORMAT_VERSION = 2

# Settings by group, old name: new name. Groups below `training` are given by their path.
_RENAMED_SETTINGS: dict[tuple[str, ...], dict[str, str]] = {
    ("dataset",): {"gallery": "collection", "colour": "color"},
    ("bottleneck",): {"entries": "codebook_size", "width": "codebook_dim", "revive": "reset_dead_codes"},
    ("corruption",): {"least": "min_strength"},
    ("training",): {"optimiser": "optimizer", "start": "init"},
    ("training", "schedule"): {
        "final": "final_factor", "start": "initial_factor", "rise": "warmup_fraction", "every": "step_size",
    },
    ("training", "stopping"): {"least_improvement": "min_delta"},
}  # fmt: skip
_RENAMED_VALUES = {
    ("bottleneck", "kind"): {"vector-quantised": "vector-quantized"},
    ("training", "init"): {"mean-picture": "mean-image"},
    ("training", "stopping", "kind"): {"at-the-end": "none"},
}
_RENAMED_RECIPES = {"regularised": "regularized", "two-numbers": "two-dimensional"}
_RENAMED_TENSOR_GROUPS = {"optimiser": "optimizer"}


def migrate_config(tree: Any) -> Any:
    """Migrate the content of a `config.json` of any version to the fields of `RunConfig`.

    Raises:
        UnreadableRun: the file is from a newer format version.
        ValueError: the version is not a number.
    """
    version, tree = _versioned(tree)
    if version == 0 and isinstance(tree, dict):
        for path, names in _RENAMED_SETTINGS.items():
            group = _group(tree, path)
            for old, new in names.items():
                if group is not None and old in group:
                    group[new] = group.pop(old)
        for path, values in _RENAMED_VALUES.items():
            group = _group(tree, path[:-1])
            if group is not None and isinstance(group.get(path[-1]), str):
                group[path[-1]] = values.get(group[path[-1]], group[path[-1]])
    training = _group(tree, ("training",)) if version < 2 else None
    if training is not None and "epochs" in training:
        training["length"] = {"kind": "epochs", "epochs": training.pop("epochs")}
    return tree


def migrate_state(tree: Any) -> Any:
    """Migrate the content of a `state.json` of any version to the fields of `State`. Raises as `migrate_config`."""
    version, tree = _versioned(tree)
    if version == 0 and isinstance(tree, dict) and isinstance(tree.get("recipe"), str):
        tree["recipe"] = _RENAMED_RECIPES.get(tree["recipe"], tree["recipe"])
    return tree


def migrate_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the tensors of a `resume.safetensors` of any version to `<group>.<name>`."""
    renamed = {}
    for key, value in tensors.items():
        group, dot, name = key.partition(".")
        renamed[f"{_RENAMED_TENSOR_GROUPS.get(group, group)}{dot}{name}"] = value
    return renamed


def versioned(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a JSON file with the current format version."""
    return {"version": FORMAT_VERSION, **tree}


def _versioned(tree: Any) -> tuple[int, Any]:
    """Split the content of a file into its version and the rest."""
    if not isinstance(tree, dict):
        return FORMAT_VERSION, tree  # damaged; validation raises
    version = tree.get("version", 0)
    if not isinstance(version, int):
        raise ValueError(f"its version is {version!r}; it must be a number")
    if version > FORMAT_VERSION:
        raise UnreadableRun(
            f"This run has format version {version}; this installation reads versions up to {FORMAT_VERSION}. "
            "Update Autoencoder Lab to open it."
        )
    return version, {name: value for name, value in tree.items() if name != "version"}


def _group(tree: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any] | None:
    node: Any = tree
    for part in path:
        node = node.get(part) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else None
