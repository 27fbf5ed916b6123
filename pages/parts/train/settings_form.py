"""The settings form, derived from the config classes: type, bounds, title and description make a field's widget."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, Literal

import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from aecore.config.run_config import RunConfig
from aecore.options.registry import Option, field_options
from pages.parts.shell import text
from pages.parts.train import draft
from pages.parts.train.draft import FieldPath, Problems


class SettingsForm:
    """Draws the fields of the draft, each with its problem below."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def group(self, name: str) -> type[BaseModel]:
        """The class of a group of settings; the selected option's class if the group has options."""
        field = RunConfig.model_fields[name]
        options = field_options(field)
        if options:
            return options.get(draft.value((name,)).get("kind"), next(iter(options.values())))
        return typing.cast(type[BaseModel], field.annotation)

    def kind(self, name: str) -> None:
        """The select box of a group's options."""
        _option_select((name,), RunConfig.model_fields[name])
        self._show_problem((name,))

    def main(self, name: str) -> list[str]:
        """The settings of a group that are always visible."""
        return [setting for setting, info in self.group(name).model_fields.items() if _extra(info).get("main")]

    def rest(self, name: str) -> list[str]:
        """The settings of a group under "More settings"."""
        main = self.main(name)
        return [setting for setting in self.group(name).model_fields if setting != "kind" and setting not in main]

    def has_problem(self, name: str, settings: Sequence[str]) -> bool:
        """Whether any of these settings of a group is invalid."""
        return any(path[:2] == (name, setting) for path in self.problems for setting in settings)

    def field(self, name: str, setting: str) -> None:
        """One setting of a group; a setting with options is followed by the selected option's settings."""
        info = self.group(name).model_fields[setting]
        path = (name, setting)
        options = field_options(info)
        if not options:
            _widget(path, info, _allowed_values(self.group(name), setting))
            self._show_problem(path)
            return
        _option_select(path, info)
        self._show_problem(path)
        selected = options[draft.value(path)["kind"]]
        for child, child_info in selected.model_fields.items():
            if child != "kind":
                _widget((*path, child), child_info, selected.allowed_values(child))
                self._show_problem((*path, child))

    def _show_problem(self, path: FieldPath) -> None:
        if problem := self.problems.get(path):
            text.problem(problem)


def _extra(info: FieldInfo) -> dict[str, Any]:
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def _option_select(path: FieldPath, info: FieldInfo) -> None:
    options = field_options(info)
    draft.register(path, info)
    st.selectbox(
        info.title or path[-1],
        list(options),
        index=list(options).index(draft.value(path)["kind"]),
        key=draft.widget_key(path),
        format_func=lambda kind: options[kind].title,
        help="  \n".join([info.description or "", *(f"**{o.title}**: {o.summary()}" for o in options.values())]),
    )


def _allowed_values(group: type[BaseModel], setting: str) -> Mapping[Any, str] | None:
    return group.allowed_values(setting) if issubclass(group, Option) else None


def _widget(path: FieldPath, info: FieldInfo, allowed: Mapping[Any, str] | None) -> None:
    """The widget of a plain setting, by its type; a select box if only `allowed` values exist on this machine.

    The value is given as the widget's default, not by the session state: a browser that sends its next request before
    it has drawn a new widget answers with the default.
    """
    key = draft.widget_key(path)
    annotation, value, extra = _without_none(info), draft.value(path), _extra(info)
    is_list = typing.get_origin(annotation) is tuple
    shared: dict[str, Any] = {"label": info.title or path[-1], "key": key, "help": info.description}
    draft.register(path, info)
    if allowed is not None and is_list:
        st.multiselect(
            options=list(allowed), default=value, format_func=allowed.__getitem__, placeholder="all", **shared
        )
    elif allowed is not None:
        options = [*allowed, *([value] if value not in allowed else [])]
        label = text.unique_labels({option: allowed.get(option, option or "none yet") for option in options})
        # Every value of the field is an option, except for a moment after another visitor deleted one.
        shared["index"] = options.index(value)
        st.selectbox(options=options, format_func=lambda v: label.get(v, v), disabled=not allowed, **shared)
    elif is_list:
        entered = value if isinstance(value, str) else ", ".join(map(str, value))
        st.text_input(value=entered, max_chars=100, **shared)
    elif typing.get_origin(annotation) is Literal:
        labels = extra.get("labels", {})
        values = typing.get_args(annotation)
        shared["index"] = values.index(value)
        st.selectbox(options=values, format_func=lambda v: labels.get(v, str(v)), **shared)
    elif annotation is bool:
        st.toggle(value=value, **shared)
    elif "stops" in extra:
        st.select_slider(options=sorted({*extra["stops"], value}), value=value, **shared)
    else:
        form = {"step": extra.get("step", 1)} if annotation is int else {"step": extra.get("step", 0.1), "format": "%g"}
        default = None if value is None else annotation(value)
        if draft.is_optional(info):  # only without a default can it be emptied
            st.session_state.setdefault(key, default)
            default, form["placeholder"] = None, extra.get("empty", "all")
        st.number_input(value=default, **form, **shared)


def _without_none(info: FieldInfo) -> Any:
    """The type of a field without its `| None`."""
    members = (member for member in typing.get_args(info.annotation) if member is not NoneType)
    return next(members) if draft.is_optional(info) else info.annotation
