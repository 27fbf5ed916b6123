"""The reference of all options, generated from their classes for `docs/options.md` and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel

from aecore.config.run_config import RunConfig
from aecore.config.training import Training
from aecore.data import Dataset
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.objectives.corruptions import Corruption
from aecore.objectives.penalties import Penalty
from aecore.optim.length import Length
from aecore.optim.optimizers import Optimizer
from aecore.optim.schedules import Schedule
from aecore.optim.stopping import Stopping
from aecore.options.registry import Option, options_by_kind
from aecore.utils.strict_json import to_json

#: The option families by the path of their setting in `RunConfig`.
FAMILIES: dict[str, type[Option]] = {
    "dataset": Dataset,
    "network": Network,
    "bottleneck": Bottleneck,
    "corruption": Corruption,
    "penalty": Penalty,
    "training.length": Length,
    "training.optimizer": Optimizer,
    "training.schedule": Schedule,
    "training.stopping": Stopping,
}

BEGIN, END = "<!-- options: begin -->", "<!-- options: end -->"


def options_table() -> str:
    """Format two Markdown tables: the kinds of each setting that is an option, and the plain settings."""
    kinds = [
        (f"`{path}.kind`", f"`{kind}`" + _if_default(path, kind), option.summary())
        for path, family in FAMILIES.items()
        for kind, option in options_by_kind(family).items()
    ]
    return "\n\n".join(
        (
            _table(("setting", "kind", "description"), kinds),
            _table(("setting", "of kind", "default", "possible values", "description"), _plain_settings()),
        )
    )


def _if_default(path: str, kind: str) -> str:
    defaults: Any = RunConfig()
    for name in path.split("."):
        defaults = getattr(defaults, name)
    return " (default)" if defaults.kind == kind else ""


def _plain_settings() -> list[tuple[str, ...]]:
    """One row for each plain setting; kinds with the same setting, default and values share one."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for path, family in FAMILIES.items():
        for kind, option in options_by_kind(family).items():
            for name, schema in _settings(option).items():
                kinds.setdefault((f"{path}.{name}", *_cells(schema)), []).append(f"`{kind}`")
    for name, schema in _settings(Training).items():
        if f"training.{name}" not in FAMILIES:
            kinds[f"training.{name}", *_cells(schema)] = []
    return [(f"`{setting}`", ", ".join(of), *cells) for (setting, *cells), of in kinds.items()]


def _settings(group: type[BaseModel]) -> dict[str, dict[str, Any]]:
    properties = group.model_json_schema()["properties"]
    return {name: schema for name, schema in properties.items() if name != "kind"}


def _cells(schema: dict[str, Any]) -> tuple[str, ...]:
    """Default, possible values and description of a plain setting."""
    default = _value(schema["default"]) if "default" in schema else "depends on the data"
    return default, _possible_values(schema), schema["description"]


def _possible_values(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_possible_values(variant) for variant in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{_value(value)}`" for value in schema["enum"])
    match schema["type"]:
        case "boolean":
            return "`true`, `false`"
        case "null":
            return "`null`"
        case "array":
            count = f"{schema.get('minItems', 0)} to {schema['maxItems']}"
            return f"list of {count} {_possible_values(schema['items'])}"
        case "integer" | "number":
            return _range(schema)
    return "text"


def _range(schema: dict[str, Any]) -> str:
    """`whole numbers from 1 to 4,096`, `numbers above 0, below 1`."""
    text = "whole numbers" if schema["type"] == "integer" else "numbers"
    for bound, word in (
        ("minimum", " from"), ("exclusiveMinimum", " above"), ("maximum", " to"), ("exclusiveMaximum", ", below"),
    ):  # fmt: skip
        if bound in schema:
            text += f"{word} {schema[bound]:,}"
    return text


def _value(value: Any) -> str:
    """A value as `--set` takes it."""
    if isinstance(value, list):
        return ",".join(map(_value, value))
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else to_json(value)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines).replace(" ---", "---").replace("--- ", "---")


def with_options(document: str) -> str:
    """Replace the text between the marks `BEGIN` and `END` of a document by the current table."""
    before, rest = document.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return f"{before}{BEGIN}\n{options_table()}\n{END}{after}"
