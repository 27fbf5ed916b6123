"""The settings of several runs side by side: which differ, and which are equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from aecore.config.run_config import RunConfig
from aecore.options.registry import Option

Path = tuple[str, ...]


@dataclass(frozen=True)
class SettingRow:
    """One setting of several configs."""

    path: Path
    title: str  # such as `Training · Learning rate`
    values: tuple[str | None, ...]  # one for each config; None where its options have no such setting

    @property
    def differs(self) -> bool:
        """Whether the configs have different values."""
        return len(set(self.values)) > 1


def setting_rows(configs: Sequence[RunConfig]) -> list[SettingRow]:
    """Return all settings of the configs, in the order of the form."""
    columns = [{path: (title, value) for path, title, value in _settings(config)} for config in configs]
    titles: dict[Path, str] = {}
    for column in columns:
        titles |= {path: title for path, (title, _) in column.items() if path not in titles}
    groups = list(RunConfig.model_fields)  # settings that only later configs have go to their group
    paths = sorted(titles, key=lambda path: groups.index(path[0]))
    return [
        SettingRow(path, titles[path], tuple(column[path][1] if path in column else None for column in columns))
        for path in paths
    ]


def numeric_settings(config: RunConfig) -> dict[str, float]:
    """Return the settings of a config that are numbers, by title."""
    return {
        title: float(value)
        for _, title, value, _ in _leaves(config)
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _settings(config: RunConfig) -> Iterator[tuple[Path, str, str]]:
    for path, title, value, field in _leaves(config):
        yield path, title, value.title if isinstance(value, Option) else _text(value, field)


def _leaves(model: BaseModel, path: Path = (), title: str = "") -> Iterator[tuple[Path, str, Any, FieldInfo]]:
    """The path, title, value and field of each plain setting and of each option, which its own settings follow."""
    for name, field in type(model).model_fields.items():
        if name == "kind":
            continue
        value, field_path = getattr(model, name), (*path, name)
        label = field.title or name.replace("_", " ").capitalize()
        field_title = f"{title} · {label}" if title else label
        if isinstance(value, Option) or not isinstance(value, BaseModel):
            yield field_path, field_title, value, field
        if isinstance(value, BaseModel):
            yield from _leaves(value, field_path, field_title)


def _text(value: Any, field: FieldInfo) -> str:
    extra = field.json_schema_extra
    labels = extra.get("labels") if isinstance(extra, dict) else None
    if isinstance(labels, dict) and value in labels:
        return str(labels[value])
    if isinstance(value, list | tuple):
        return ", ".join(_text(item, field) for item in value) or "none"
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
