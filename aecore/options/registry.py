"""Option: one option of one axis, as a frozen pydantic model that validates, documents and builds itself.

A family (networks, bottlenecks, datasets, schedules ...) is an abstract subclass of `Option`; an option is a concrete
subclass with a literal `kind`. Forms, the shell, JSON, documentation and tests are derived from these classes.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from aecore.errors import IncompatibleSettings


class Frozen(BaseModel):
    """A validated, immutable group of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


class Option(Frozen):
    """One option of a family. Concrete subclasses define `kind: Literal["name"] = "name"` and a `title`."""

    title: ClassVar[str] = ""
    if TYPE_CHECKING:
        kind: str  # concrete subclasses narrow it to their one literal

    @classmethod
    def summary(cls) -> str:
        """What it is, in one sentence: the first line of the class's docstring."""
        return inspect.getdoc(cls).partition("\n")[0]  # type: ignore[union-attr]

    @classmethod
    def named(cls, setting: str) -> Mapping[str, str] | None:
        """What a setting may be on this machine, with names for people; None where its type says all."""
        return None


C = TypeVar("C", bound=Option)


def kinds(family: type[C]) -> dict[str, type[C]]:
    """The options of a family by their `kind`, in the order of definition.

    Raises:
        TypeError: two options of a family share a kind, or an option has no title.
    """
    found: dict[str, type[C]] = {}
    for option in _descendants(family):
        if "kind" not in option.model_fields:
            continue
        kind = option.model_fields["kind"].default
        if kind in found:
            raise TypeError(f"{option.__name__} and {found[kind].__name__} both call themselves {kind!r}")
        if not option.title:
            raise TypeError(f"{option.__name__} needs a title")
        found[kind] = option
    return found


def union(family: type[Option]) -> Any:
    """The type of a field that holds any option of a family, told apart by `kind`."""
    options = tuple(kinds(family).values())
    if len(options) == 1:
        return options[0]
    return Annotated[typing.Union[options], Field(discriminator="kind")]  # noqa: UP007 - built at run time


def options_of(field: FieldInfo) -> dict[str, type[Option]]:
    """The options that a field made by `union` may hold, by kind; empty for any other field."""
    annotation = field.annotation
    members = typing.get_args(annotation) or (annotation,)
    choices = [m for m in members if inspect.isclass(m) and issubclass(m, Option)]
    return {c.model_fields["kind"].default: c for c in choices}


def explain(error: ValidationError, model: type[BaseModel]) -> dict[tuple[str, ...], str]:
    """A pydantic error of `model` as sentences by field path: what was given, and what is possible."""
    sentences: dict[tuple[str, ...], str] = {}
    for detail in error.errors():
        path, title = _field_path(detail["loc"], model)
        error_given = detail.get("ctx", {}).get("error")
        if isinstance(error_given, IncompatibleSettings):
            path += error_given.field
        sentences.setdefault(path, _sentence(path, title, detail))
    return sentences


def _descendants(family: type[C]) -> Iterator[type[C]]:
    for child in family.__subclasses__():
        yield child
        yield from _descendants(child)


def _field_path(loc: tuple[int | str, ...], model: type[BaseModel] | None) -> tuple[tuple[str, ...], str]:
    """The fields in a pydantic location, without the kinds and indices between them, and the title of the last."""
    path: list[str] = []
    title = "This"
    entry = False  # whether the place is one of a field's several numbers
    options: dict[str, type[Option]] = {}
    for part in loc:
        entry = isinstance(part, int)
        if part in options:
            model, options = options[str(part)], {}
        elif isinstance(part, str):
            path.append(part)
            field = model.model_fields.get(part) if model else None
            title = (field.title if field else None) or part.replace("_", " ").capitalize()
            options = options_of(field) if field else {}
            annotation = field.annotation if field else None
            model = annotation if inspect.isclass(annotation) and issubclass(annotation, BaseModel) else None
    return tuple(path), f"One of the {title.lower()}" if entry else title


def _sentence(path: tuple[str, ...], name: str, detail: Any) -> str:
    context, given = detail.get("ctx", {}), detail["input"]
    if given is None and detail["type"] != "missing":
        return f"{name} is empty; it needs a value."
    match detail["type"]:
        case "greater_than_equal":
            return f"{name} is {_number(given)}; it must be {_number(context['ge'])} or more."
        case "greater_than":
            return f"{name} is {_number(given)}; it must be more than {_number(context['gt'])}."
        case "less_than_equal":
            return f"{name} is {_number(given)}; it must be {_number(context['le'])} or less."
        case "less_than":
            return f"{name} is {_number(given)}; it must be less than {_number(context['lt'])}."
        case "literal_error":
            return f"{name} is {given!r}; possible are {context['expected']}."
        case "union_tag_invalid":
            return f"{name} is {context['tag']!r}; possible are {context['expected_tags']}."
        case "union_tag_not_found":
            return f"{name} needs a 'kind' that says which one it is."
        case "extra_forbidden":
            return f"There is no setting called {'.'.join(path)!r}."
        case "missing":
            return f"{name} is missing."
        case "too_short" | "too_long":
            low, high = context.get("min_length", 0), context.get("max_length")
            allowed = f"at most {high}" if detail["type"] == "too_long" else f"at least {low}"
            return f"{name} has {context['actual_length']} entries; it must have {allowed}."
        case "tuple_type" | "list_type":
            return f"{name} is {given!r}; it must be a list of numbers."
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{name} is {given!r}; it must be a group of settings."
        case "value_error":
            return str(context["error"])
        case "int_parsing" | "int_type" | "int_from_float":
            return f"{name} is {given!r}; it must be a whole number."
        case "float_parsing" | "float_type" | "finite_number":
            return f"{name} is {given!r}; it must be a number."
    return f"{name} is {given!r}: {detail['msg'][0].lower()}{detail['msg'][1:]}."


def _number(value: Any) -> str:
    """A number as a person writes it."""
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
