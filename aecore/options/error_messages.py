"""Messages about invalid settings: what was given, what is possible, and what was probably meant."""

from __future__ import annotations

import inspect
import re
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from aecore.errors import IncompatibleSettings
from aecore.options.registry import Option, field_options, groups_of, setting_paths
from aecore.utils.suggestions import closest, did_you_mean


def error_messages(error: ValidationError, model: type[BaseModel]) -> dict[tuple[str, ...], str]:
    """Convert a pydantic error of `model` to one readable message for each field path."""
    messages: dict[tuple[str, ...], str] = {}
    for detail in error.errors():
        path, title, group, field = _field_path(detail["loc"], model)
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, IncompatibleSettings):
            path += cause.field
        if detail["type"] == "extra_forbidden":
            message = _unknown_setting(path, group, model)
        else:
            message = _message(title, detail) + _settings_of_group(path, field, detail)
        messages.setdefault(path, message)
    return messages


def _unknown_setting(path: tuple[str, ...], group: type[BaseModel], model: type[BaseModel]) -> str:
    """The message for a setting that does not exist: a similar one, in the same group if possible, and the group's."""
    name, setting, all_paths = path[-1], ".".join(path), list(setting_paths(model))
    where = f" of {'.'.join(path[:-1])}" if path[:-1] else ""
    given, suggestion = f"{setting!r}", ""
    if similar := closest(name, group.model_fields, similarity=0.8):
        suggestion = ".".join((*path[:-1], similar))
    elif path in all_paths:
        kind = f"{'.'.join(path[:-1])}.kind={group.model_fields['kind'].default}"
        given += f" with {kind}, only with {' or '.join(_kinds_with(path, model))}"
    else:
        paths = {path[-1]: path for path in reversed(all_paths)}
        suggestion = ".".join(paths.get(closest(name, paths) or "", ()))
    mean = f" Did you mean {suggestion}?" if suggestion else ""
    return f"There is no setting called {given}.{mean} Settings{where}: {_names(group)}."


def _kinds_with(path: tuple[str, ...], model: type[BaseModel]) -> list[str]:
    """The kinds of the options that have the setting at a path."""
    groups = [model]
    for name in path[:-1]:
        groups = [member for group in groups for member in groups_of(group.model_fields.get(name))]
    return [group.model_fields["kind"].default for group in groups if path[-1] in group.model_fields]


def _settings_of_group(path: tuple[str, ...], field: FieldInfo | None, detail: Any) -> str:
    """What to set instead, where a group of settings was given a plain value."""
    value, groups = detail["input"], groups_of(field)
    if not groups or value is None or isinstance(value, dict):
        return ""
    setting = ".".join(path)
    if options := field_options(field) if field else {}:
        kind = closest(value, options) if isinstance(value, str) else None
        mean = f" Did you mean {setting}.kind={kind}?" if kind else ""
        return f" Possible values of {setting}.kind are {', '.join(options)}.{mean}"
    return f" Settings of {setting}: {_names(groups[0])}."


def _names(group: type[BaseModel]) -> str:
    return ", ".join(group.model_fields)


def _field_path(
    loc: tuple[int | str, ...], root: type[BaseModel]
) -> tuple[tuple[str, ...], str, type[BaseModel], FieldInfo | None]:
    """The last field of a pydantic location: its path without kinds and indices, its title, its group, and the field.

    The field is None if the group has no field of that name.
    """
    model: type[BaseModel] | None = root
    group, field = root, None
    path: list[str] = []
    title = "This"
    is_item = False  # the location is an item of a list
    options: dict[str, type[Option]] = {}
    for part in loc:
        is_item = isinstance(part, int)
        if part in options:
            model, options = options[str(part)], {}
        elif isinstance(part, str):
            path.append(part)
            group = model or group
            field = model.model_fields.get(part) if model else None
            title = (field.title if field else None) or part.replace("_", " ").capitalize()
            options = field_options(field) if field else {}
            annotation = field.annotation if field else None
            model = annotation if inspect.isclass(annotation) and issubclass(annotation, BaseModel) else None
    return tuple(path), f"One of the {title.lower()}" if is_item else title, group, field


def _message(name: str, detail: Any) -> str:
    context, value = detail.get("ctx", {}), detail["input"]
    if value is None and detail["type"] != "missing":
        return f"{name} is empty; it needs a value."
    match detail["type"]:
        case "greater_than_equal":
            return f"{name} is {_number(value)}; it must be {_number(context['ge'])} or more."
        case "greater_than":
            return f"{name} is {_number(value)}; it must be more than {_number(context['gt'])}."
        case "less_than_equal":
            return f"{name} is {_number(value)}; it must be {_number(context['le'])} or less."
        case "less_than":
            return f"{name} is {_number(value)}; it must be less than {_number(context['lt'])}."
        case "literal_error":
            expected = context["expected"]
            return f"{name} is {value!r}; possible values are {expected}.{_closest_of(value, expected)}"
        case "union_tag_invalid":
            tag, tags = context["tag"], context["expected_tags"]
            return f"{name} is {tag!r}; possible values are {tags}.{_closest_of(tag, tags)}"
        case "union_tag_not_found":
            return f"{name} has no 'kind'; it must name one of the options."
        case "missing":
            return f"{name} is missing."
        case "too_short" | "too_long":
            low, high = context.get("min_length", 0), context.get("max_length")
            allowed = f"at most {high}" if detail["type"] == "too_long" else f"at least {low}"
            return f"{name} has {context['actual_length']} entries; it must have {allowed}."
        case "tuple_type" | "list_type":
            return f"{name} is {value!r}; it must be a list of numbers."
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{name} is {value!r}; it must be a group of settings."
        case "value_error":
            return str(context["error"])
        case "int_parsing" | "int_type" | "int_from_float":
            return f"{name} is {value!r}; it must be a whole number."
        case "float_parsing" | "float_type" | "finite_number":
            return f"{name} is {value!r}; it must be a number."
    return f"{name} is {value!r}: {detail['msg'][0].lower()}{detail['msg'][1:]}."


def _closest_of(value: object, expected: str) -> str:
    """` Did you mean 'mse'?`, from pydantic's list of the expected values."""
    return did_you_mean(str(value), re.findall(r"'([^']*)'", expected))


def _number(value: Any) -> str:
    """Format a number for a message: thousands separators, no trailing zeros."""
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
