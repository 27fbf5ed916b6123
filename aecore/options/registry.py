"""Registry of options: each option is a frozen pydantic model that validates, documents and builds itself.

A family (networks, bottlenecks, datasets, schedules ...) is an abstract subclass of `Option`. An option is a concrete
subclass with a literal `kind`. Forms, the command line, JSON, the documentation and tests are derived from these
classes.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import typing
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from aecore.errors import IncompatibleSettings


class FrozenModel(BaseModel):
    """Base class of validated, immutable groups of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


class Option(FrozenModel):
    """Base class of all options. Concrete subclasses define `kind: Literal["name"] = "name"` and a `title`."""

    title: ClassVar[str] = ""
    if TYPE_CHECKING:
        kind: str  # concrete subclasses narrow it to their one literal

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the class's docstring, which forms show as the description."""
        return inspect.getdoc(cls).partition("\n")[0]  # type: ignore[union-attr]

    @classmethod
    def allowed_values(cls, setting: str) -> Mapping[str, str] | None:
        """Return the values a setting can take on this machine, with their labels; None if its type defines them."""
        return None


OptionT = TypeVar("OptionT", bound=Option)


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
        path, title = _field_path(detail["loc"], model)
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, IncompatibleSettings):
            path += cause.field
        messages.setdefault(path, _message(path, title, detail))
    return messages


def _descendants(family: type[OptionT]) -> Iterator[type[OptionT]]:
    for child in family.__subclasses__():
        yield child
        yield from _descendants(child)


def _field_path(loc: tuple[int | str, ...], model: type[BaseModel] | None) -> tuple[tuple[str, ...], str]:
    """Return the field names in a pydantic location, without kinds and indices, and the title of the last field."""
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
            field = model.model_fields.get(part) if model else None
            title = (field.title if field else None) or part.replace("_", " ").capitalize()
            options = field_options(field) if field else {}
            annotation = field.annotation if field else None
            model = annotation if inspect.isclass(annotation) and issubclass(annotation, BaseModel) else None
    return tuple(path), f"One of the {title.lower()}" if is_item else title


def _message(path: tuple[str, ...], name: str, detail: Any) -> str:
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
            return f"{name} is {value!r}; possible values are {context['expected']}."
        case "union_tag_invalid":
            return f"{name} is {context['tag']!r}; possible values are {context['expected_tags']}."
        case "union_tag_not_found":
            return f"{name} has no 'kind'; it must name one of the options."
        case "extra_forbidden":
            return f"There is no setting called {'.'.join(path)!r}."
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


def _number(value: Any) -> str:
    """Format a number for a message: thousands separators, no trailing zeros."""
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
