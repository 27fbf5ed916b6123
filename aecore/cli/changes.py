"""Changes of settings from arguments, such as `--epochs` and `--set`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from aecore.config.recipe import Recipe
from aecore.config.run_config import RunConfig
from aecore.errors import InvalidArguments
from aecore.optim.length import Length
from aecore.options.error_messages import error_messages
from aecore.options.registry import options_by_kind
from aecore.runs.sweeps.presets import PRESETS
from aecore.runs.sweeps.values import parse_value, parse_values
from aecore.utils.suggestions import did_you_mean


def changed_config(base: RunConfig | Recipe, options: argparse.Namespace) -> RunConfig:
    """Return a config, or that of a recipe, with the changes of the arguments. Raises InvalidArguments."""
    changes: dict[str, Any] = {}
    if getattr(options, "dataset", None) is not None:
        changes["dataset.kind"] = options.dataset
    for unit in options_by_kind(Length):
        if (total := getattr(options, unit, None)) is not None:
            changes["training.length"] = {"kind": unit, unit: total}
    if getattr(options, "learning_rate", None) is not None:
        changes["training.learning_rate"] = options.learning_rate
    for assignment in getattr(options, "set", []):
        path, equals, value = assignment.partition("=")
        if not equals or not path:
            raise InvalidArguments(
                f"--set {assignment!r} is not of the form PATH=VALUE, for example training.batch_size=512."
            )
        changes[path] = parse_value(value)
    try:
        return base.changed(changes)
    except ValidationError as error:
        raise InvalidArguments(" ".join(error_messages(error, RunConfig).values())) from error


def varied(arguments: Sequence[str]) -> tuple[str, tuple[Any, ...]]:
    """Return the setting that a sweep varies and its values, from `--vary`. Raises InvalidArguments.

    Args:
        arguments: one text, such as `network.kind=dense,conv`, or the name of a preset.
    """
    if len(arguments) > 1:
        raise InvalidArguments(f"A sweep varies one setting, and --vary is given {len(arguments)} times.")
    setting, equals, text = arguments[0].partition("=")
    if not equals and setting in PRESETS:
        return PRESETS[setting].setting, PRESETS[setting].values
    if not equals or not setting or not text.strip():
        raise InvalidArguments(
            f"--vary {arguments[0]!r} is neither of the form PATH=VALUES, for example bottleneck.latent=2,4,8, nor a "
            f"preset: {', '.join(PRESETS)}.{did_you_mean(setting, PRESETS) if not equals else ''}"
        )
    return setting, parse_values(text)
