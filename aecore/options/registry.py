"""Registry of options: each option is a frozen pydantic model that validates, documents and builds itself.

A family (networks, bottlenecks, datasets, schedules ...) is an abstract subclass of `Option`. An option is a concrete
subclass with a literal `kind`. Forms, the command line, JSON, the documentation and tests are derived from these
classes.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from aecore.errors import IncompatibleSettings
from aecore.utils.suggestions import closest, did_you_mean


class FrozenModel(BaseModel):
    """Base class of validated, immutable groups of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _bools_are_no_numbers(cls, settings: Any) -> Any:
        """Pydantic takes True for 1, but rejects its text."""
        if not isinstance(settings, dict):
            return settings
        numeric = _numeric_fields(cls)
        return {name: _bools_as_text(value) if name in numeric else value for name, value in settings.items()}


class Option(FrozenModel):
    """Base class of all options. Concrete subclasses define `kind: Literal["name"] = "name"` and a `title`."""

    title: ClassVar[str] = ""
    if TYPE_CHECKING:
        kind: str  # concrete subclasses narrow it to their one literal

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the class's docstring, which forms show as the description."""
        return inspect.getdoc(cls).partition("\n")[0]  # type: ignore[union-attr]

    @model_validator(mode="before")
    @classmethod
    def _fill_dependent_defaults(cls, settings: Any) -> Any:
        return {**cls.dependent_defaults(settings), **settings} if isinstance(settings, dict) else settings

    @classmethod
    def dependent_defaults(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the defaults of settings that depend on others, given those."""
        return {}

    @classmethod
    def allowed_values(cls, setting: str) -> Mapping[str, str] | None:
        """Return the values a setting can take on this machine, with their labels; None if its type defines them."""
        return None


OptionT = TypeVar("OptionT", bound=Option)


def change_setting(option: type[Option] | None, settings: dict[str, Any], name: str, value: Any) -> set[str]:
    """Change a setting, and with it the defaults that depend on it.

    Args:
        option: the option that the settings are of, if it is known.
        settings: the settings by name, which are modified.
        name: the setting to change.
        value: its new value.

    Returns:
        The names of the other settings that changed.
    """
    before = option.dependent_defaults(settings) if option else {}
    settings[name] = value
    after = option.dependent_defaults(settings) if option else {}
    changed = {n for n in after if n != name and settings.get(n) == before[n] != after[n]}
    settings.update({n: after[n] for n in changed})
    return changed


def import_submodules(package: str, first: str) -> None:
    """Import every module of a package, so that the options defined there are registered.

    A new option therefore needs only a new file. A module that cannot be imported raises: an option must not go
    missing silently.

    Args:
        package: name of the package, `__name__` in its `__init__.py`.
        first: the module to import first; its options come first in forms.
    """
    modules = [module.name for module in pkgutil.iter_modules(sys.modules[package].__path__)]
    for name in sorted(modules, key=lambda name: (name != first, name)):
        importlib.import_module(f"{package}.{name}")


def options_by_kind(family: type[OptionT]) -> dict[str, type[OptionT]]:
    """Return the options of a family by their `kind`, in the order of definition.

    Raises:
        TypeError: two options of the family have the same kind, or an option has no title.
    """
    registered: dict[str, type[OptionT]] = {}
    for option in _descendants(family):
        if "kind" not in option.model_fields:
            continue
        kind = option.model_fields["kind"].default
        if kind in registered:
            names = f"{option.__name__} and {registered[kind].__name__}"
            raise TypeError(f"{names} have the same kind {kind!r}; rename one.")
        if not option.title:
            raise TypeError(f"{option.__name__} needs a title.")
        registered[kind] = option
    return registered


def option_union(family: type[Option]) -> Any:
    """Return the type of a field that holds any option of a family: a union discriminated by `kind`."""
    options = tuple(options_by_kind(family).values())
    if len(options) == 1:
        return options[0]
    return Annotated[typing.Union[options], Field(discriminator="kind")]  # noqa: UP007 - built at run time


def field_options(field: FieldInfo) -> dict[str, type[Option]]:
    """Return the options by kind that a field typed by `option_union` can hold; empty for any other field."""
    annotation = field.annotation
    members = typing.get_args(annotation) or (annotation,)
    options = [m for m in members if inspect.isclass(m) and issubclass(m, Option)]
    return {option.model_fields["kind"].default: option for option in options}


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


def setting_paths(model: type[BaseModel], prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all settings below a model, of all options that its fields can hold; a group before its settings."""
    for name, field in model.model_fields.items():
        yield (*prefix, name)
        for group in _groups(field):
            yield from setting_paths(group, (*prefix, name))


def _groups(field: FieldInfo | None) -> list[type[BaseModel]]:
    """The groups of settings that a field can hold; empty for a plain setting."""
    if field is None:
        return []
    if options := field_options(field):
        return list(options.values())
    return [field.annotation] if inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel) else []


def _unknown_setting(path: tuple[str, ...], group: type[BaseModel], model: type[BaseModel]) -> str:
    """The message for a setting that does not exist: a similar one, in the same group if possible, and the group's."""
    name, paths = path[-1], {path[-1]: path for path in reversed(list(setting_paths(model)))}
    if similar := closest(name, group.model_fields, similarity=0.8):
        suggestion = (*path[:-1], similar)
    else:
        suggestion = paths.get(closest(name, paths) or "", ())
    mean = f" Did you mean {'.'.join(suggestion)}?" if suggestion else ""
    where = f" of {'.'.join(path[:-1])}" if path[:-1] else ""
    return f"There is no setting called {'.'.join(path)!r}.{mean} Settings{where}: {_names(group)}."


def _settings_of_group(path: tuple[str, ...], field: FieldInfo | None, detail: Any) -> str:
    """What to set instead, where a group of settings was given a plain value."""
    value, groups = detail["input"], _groups(field)
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


def _descendants(family: type[OptionT]) -> Iterator[type[OptionT]]:
    for child in family.__subclasses__():
        yield child
        yield from _descendants(child)


@cache
def _numeric_fields(model: type[BaseModel]) -> set[str]:
    """The names of the fields that hold numbers, alone or in a list, and no truth value."""
    types = {name: set(_leaf_types(field.annotation)) for name, field in model.model_fields.items()}
    return {name for name, leaves in types.items() if leaves & {int, float} and bool not in leaves}


def _bools_as_text(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_bools_as_text(item) for item in value]
    return str(value) if isinstance(value, bool) else value


def _leaf_types(annotation: Any) -> Iterator[Any]:
    """The types that a field's type consists of, such as int and None of `int | None`."""
    arguments = typing.get_args(annotation) if typing.get_origin(annotation) is not typing.Literal else ()
    if not arguments:
        yield annotation
    for argument in arguments:
        yield from _leaf_types(argument)


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
