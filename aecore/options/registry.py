"""Registry of options: each option is a frozen pydantic model that validates, documents and builds itself.

A family (networks, bottlenecks, datasets, schedules ...) is an abstract subclass of `Option`. An option is a concrete
subclass with a literal `kind`. Forms, the command line, JSON, the documentation and tests are derived from these
classes.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
import sys
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

#: For a field that holds several numbers: accepts a single one, as in `--set network.widths=256`.
ONE_OR_MORE = BeforeValidator(lambda value: (value,) if isinstance(value, int) else value)


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

    @model_validator(mode="before")
    @classmethod
    def _fill_dependent_defaults(cls, settings: Any) -> Any:
        return {**cls.dependent_defaults(settings), **settings} if isinstance(settings, dict) else settings

    @classmethod
    def dependent_defaults(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the defaults of settings that depend on others, given those."""
        return {}


_definitions = itertools.count(1)


class Option(FrozenModel):
    """Base class of all options. Concrete subclasses define `kind: Literal["name"] = "name"` and a `title`."""

    title: ClassVar[str] = ""
    defined: ClassVar[int] = 0  # how many options were defined before
    if TYPE_CHECKING:
        kind: str  # concrete subclasses narrow it to their one literal

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        cls.defined = next(_definitions)

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the class's docstring, which forms show as the description."""
        return inspect.getdoc(cls).partition("\n")[0]  # type: ignore[union-attr]

    @classmethod
    def allowed_values(cls, setting: str) -> Mapping[Any, str] | None:
        """Return the values a setting can take, or a list can contain, with their labels; None if its type says it."""
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
    for option in sorted(_descendants(family), key=lambda option: option.defined):
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


def setting_paths(model: type[BaseModel], prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all settings below a model, of all options that its fields can hold; a group before its settings."""
    for name, field in model.model_fields.items():
        yield (*prefix, name)
        for group in groups_of(field):
            yield from setting_paths(group, (*prefix, name))


def groups_of(field: FieldInfo | None) -> list[type[BaseModel]]:
    """Return the groups of settings that a field can hold; empty for a plain setting."""
    if field is None:
        return []
    if options := field_options(field):
        return list(options.values())
    return [field.annotation] if inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel) else []


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
