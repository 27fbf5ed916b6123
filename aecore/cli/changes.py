"""Changes of settings from arguments, such as `--epochs` and `--set`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from pydantic import ValidationError

from aecore.config.recipe import Recipe
from aecore.config.run_config import RunConfig
from aecore.errors import InvalidArguments
from aecore.optim.length import Length
from aecore.options.error_messages import error_messages
from aecore.options.registry import options_by_kind


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
        changes[path] = _value(value)
    try:
        return base.changed(changes)
    except ValidationError as error:
        raise InvalidArguments(" ".join(error_messages(error, RunConfig).values())) from error


def _value(text: str) -> Any:
    """Parse JSON (numbers, lists, null) or a comma-separated list such as `128,64`; other text stays text."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return json.loads(f"[{text}]") if "," in text else text
    except ValueError:
        return text
