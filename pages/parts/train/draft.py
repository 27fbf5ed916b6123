"""The draft: the settings as entered on the Train page. It may be invalid, and becomes a `RunConfig` as a whole."""

from __future__ import annotations

import typing
from contextlib import suppress
from types import NoneType
from typing import Any

import streamlit as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from aecore.config.recipes import recipe
from aecore.config.run_config import AnyDataset, RunConfig, changes
from aecore.data import Dataset
from aecore.optim.length import Length
from aecore.optim.optimizers import Optimizer
from aecore.options.error_messages import error_messages
from aecore.options.registry import Option, change_setting, field_options, options_by_kind
from pages.parts.shell import session

FieldPath = tuple[str, ...]  # ("network", "widths")
Problems = dict[FieldPath, str]  # why a field is invalid
_DATASET: TypeAdapter[Dataset] = TypeAdapter(AnyDataset)
_FIELD = "field"  # first part of the keys of all fields
_RATE = ("training", "learning_rate")


def fill(config: RunConfig, recipe_name: str) -> None:
    """Replace the whole draft by a config that was made from a recipe."""
    session.DRAFT.set(config.model_dump(mode="json"))
    session.DRAFT_RECIPE.set(recipe_name)
    session.DRAFT_FITTED.set(config.dataset)
    session.DRAFT_OPTIONS.set({})
    session.DRAFT_RATE_ENTERED.set(False)
    session.new_version(_FIELD)


def fill_group(group: str, settings: BaseModel) -> None:
    """Replace one group of the draft, such as "dataset"."""
    session.DRAFT.get()[group] = settings.model_dump(mode="json")
    session.DRAFT_OPTIONS.get().pop((group,), None)
    session.new_version(_FIELD, group)


def value(path: FieldPath) -> Any:
    """The draft's value at a path; for a group or an option, the dict of its settings."""
    node: Any = session.DRAFT.get()
    for part in path:
        node = node[part]
    return node


def widget_key(path: FieldPath) -> str:
    """The key of a field's widget."""
    return session.versioned_key(_FIELD, *path)


def is_optional(info: FieldInfo) -> bool:
    """Whether a field may be empty."""
    return NoneType in typing.get_args(info.annotation)


def register(path: FieldPath, info: FieldInfo) -> None:
    """Note that a field is on the page, so that `validated` reads its widget.

    An `on_change` callback would not do: the browser's next request, such as a click on Train, can cut it off.
    """
    session.DRAFT_FIELDS.get()[path] = info


def validated() -> tuple[RunConfig | None, Problems]:
    """Read all widgets into the draft, and validate it: the config, or None and the problems."""
    for path, info in session.DRAFT_FIELDS.get().items():
        key = widget_key(path)
        if key in st.session_state:
            _store(path, info, st.session_state[key])
    _fit_to_dataset()
    try:
        return RunConfig.model_validate(session.DRAFT.get()), {}
    except ValidationError as error:
        return None, error_messages(error, RunConfig)


def _store(path: FieldPath, info: FieldInfo, entered: Any) -> None:
    """Store a widget's value."""
    if field_options(info):
        _store_kind(path, info, entered)
        return
    if entered is None and not is_optional(info):
        # A number field without a value keeps the last one. Either the visitor emptied it, or the browser never got its
        # value, because the browser's next request cut off the script that sent it.
        session.new_version(_FIELD, *path)
        return
    if typing.get_origin(info.annotation) is tuple and isinstance(entered, str):
        entered = _parse_list(entered)
    if path == _RATE and entered != value(path):
        session.DRAFT_RATE_ENTERED.set(entered != _usual_rate(_optimizer()))
    group = value(path[:-1])
    for name in change_setting(_option(path[:-1], group), group, path[-1], entered):
        session.new_version(_FIELD, *path[:-1], name)


def _fit_to_dataset() -> None:
    """If the dataset has changed, change what the recipe sets for it, except what the visitor has changed."""
    try:
        dataset = _DATASET.validate_python(value(("dataset",)))
    except ValidationError:
        return
    before = session.DRAFT_FITTED.get()
    if before is None or dataset == before:
        return
    session.DRAFT_FITTED.set(dataset)
    old, new = (recipe(session.DRAFT_RECIPE.get()).fitted(fitted_to) for fitted_to in (before, dataset))
    for path, _ in changes(old, new):
        if path[0] != "dataset" and _at(path, session.DRAFT.get()) == _at(path, old.model_dump(mode="json")):
            value(path[:-1])[path[-1]] = _at(path, new.model_dump(mode="json"))
            session.DRAFT_OPTIONS.get().pop(path, None)
            session.new_version(_FIELD, *path)


def _at(path: FieldPath, tree: dict[str, Any]) -> Any:
    """The value at a path; None if an option that was selected meanwhile does not have it."""
    node: Any = tree
    for part in path:
        node = node.get(part) if isinstance(node, dict) else None
    return node


def _option(path: FieldPath, settings: dict[str, Any]) -> type[Option] | None:
    """The selected option of a group of settings; None for a group without options."""
    field = RunConfig.model_fields.get(path[0])
    return field_options(field).get(settings.get("kind", "")) if field and len(path) == 1 else None


def _store_kind(path: FieldPath, info: FieldInfo, kind: str) -> None:
    """Switch to another option: its settings are those that it had before, or its defaults.

    Settings that both options have keep their value if it is not the default, except in corruptions and penalties:
    their strengths and weights have different units. The length of the training is converted to the other unit, unless
    it still is the one that was converted from that unit. The learning rate follows the optimizer.
    """
    options, before = field_options(info), value(path)
    if kind == before["kind"]:
        return
    option = options[kind]
    memory = session.DRAFT_OPTIONS.get().setdefault(path, {})
    memory[before["kind"]] = before
    old_defaults, defaults = _defaults(options[before["kind"]]), _defaults(option)
    settings = defaults | memory.get(kind, {})
    if path[0] not in ("corruption", "penalty"):
        # A setting that the option had changed was kept in the other one: a default there was chosen there.
        kept = {name for name in settings if name in memory.get(kind, {}) and settings[name] != defaults.get(name)}
        changed = {name: entry for name, entry in before.items() if name in kept or entry != old_defaults.get(name)}
        settings |= {name: entry for name, entry in changed.items() if name in settings}
    if issubclass(option, Length):
        settings |= _converted_length(option, memory.get(kind))
    value(path[:-1])[path[-1]] = settings | {"kind": kind}
    for name in before | settings:
        session.new_version(_FIELD, *path, name)
    if issubclass(option, Optimizer):
        _fit_learning_rate(options[before["kind"]], option)


def _fit_learning_rate(before: type[Option], after: type[Optimizer]) -> None:
    """Change the learning rate with the optimizer, unless the visitor has entered one."""
    if not session.DRAFT_RATE_ENTERED.get() and value(_RATE) == _usual_rate(before) != _usual_rate(after):
        value(_RATE[:-1])[_RATE[-1]] = _usual_rate(after)
        session.new_version(_FIELD, *_RATE)


def _usual_rate(optimizer: Any) -> float:
    """The optimizer's default learning rate, or that of the recipe if it has an optimizer with the same default."""
    chosen, dataset = recipe(session.DRAFT_RECIPE.get()), session.DRAFT_FITTED.get()
    training = (chosen.fitted(dataset) if dataset else chosen.config()).training
    rate = optimizer.default_learning_rate
    return training.learning_rate if rate == training.optimizer.default_learning_rate else rate


def _optimizer() -> type[Option]:
    """The draft's optimizer."""
    options = options_by_kind(Optimizer)
    return options[value(("training", "optimizer", "kind"))]


def _converted_length(option: type[Length], earlier: dict[str, Any] | None) -> dict[str, Any]:
    """The draft's length in the unit of another option; without a valid draft, nothing.

    If it is what the option's `earlier` settings convert to, those: converted back, 100 steps would be 96.
    """
    try:
        config = RunConfig.model_validate(session.DRAFT.get())
    except ValidationError:
        return {}
    length, per_epoch = config.training.length, config.steps_per_epoch
    with suppress(ValidationError):
        if (
            earlier
            and type(length).from_steps(option.model_validate(earlier).total_steps(per_epoch), per_epoch) == length
        ):
            return earlier
    return option.from_steps(length.total_steps(per_epoch), per_epoch).model_dump()


def _defaults(option: type[BaseModel]) -> dict[str, Any]:
    return {name: field.get_default(call_default_factory=True) for name, field in option.model_fields.items()}


def _parse_list(text: str) -> list[int | str]:
    """Comma-separated integers; other parts stay text, for the config to reject."""
    return [_parse_integer(part.strip()) for part in text.replace(";", ",").split(",") if part.strip()]


def _parse_integer(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text
