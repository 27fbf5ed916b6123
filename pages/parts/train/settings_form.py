"""Forms derived from config classes: a field's type, bounds, title and description make its widget.

What a person has entered is kept as a plain tree, the draft, which may be impossible; it becomes a `RunConfig` only as
a whole, and what is impossible is said beside the field.
"""

from __future__ import annotations

import typing
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import NoneType
from typing import Any, Literal

import streamlit as st
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from aecore.config.run_config import RunConfig
from aecore.options.registry import Option, error_messages, field_options
from pages.parts.shell import text

Draft = dict[str, Any]
Keep = Callable[[tuple[str, ...], Any, FieldInfo], None]
_DRAFT = "draft"
_SHOWN = "draft_shown"  # the fields that were on the screen, by their paths
_PUTS = "draft_puts"  # how often the app itself has put values below a path of the draft


def draft() -> Draft:
    """The session's draft."""
    return st.session_state[_DRAFT]


def has_draft() -> bool:
    return _DRAFT in st.session_state


def set_draft(config: RunConfig) -> None:
    """Fill the form; widgets take the new values at their next drawing."""
    st.session_state[_DRAFT] = config.model_dump(mode="json")
    _have_put(())


def validated() -> tuple[RunConfig | None, dict[tuple[str, ...], str]]:
    """The draft, with what a person has entered since, as a config; or what is impossible about it, by field path."""
    for path, (keep, info) in st.session_state.setdefault(_SHOWN, {}).items():
        if (key := _key(path)) in st.session_state:
            keep(path, st.session_state[key], info)
    try:
        return RunConfig.model_validate(draft()), {}
    except ValidationError as error:
        return None, error_messages(error, RunConfig)


class Form:
    """Draws fields and says beside each what is wrong with it."""

    def __init__(self, problems: dict[tuple[str, ...], str]) -> None:
        self.problems = problems

    def group(self, name: str) -> type[BaseModel]:
        """The class of a group of settings, as chosen in the draft."""
        field = RunConfig.model_fields[name]
        options = field_options(field)
        if options:
            return options.get(draft()[name].get("kind"), next(iter(options.values())))
        return typing.cast(type[BaseModel], field.annotation)

    def kind(self, name: str) -> None:
        """The choice among a group's options."""
        _choice((name,), RunConfig.model_fields[name])
        self._complain((name,))

    def main(self, name: str) -> list[str]:
        """The settings of a group that are shown first."""
        fields = self.group(name).model_fields
        return [f for f, info in fields.items() if _extra(info).get("main")]

    def rest(self, name: str) -> list[str]:
        """The other settings of a group."""
        return [f for f in self.group(name).model_fields if f != "kind" and f not in self.main(name)]

    def problem_among(self, name: str, settings: Sequence[str]) -> bool:
        """Whether something is impossible about one of these settings of a group."""
        return any(path[:2] == (name, setting) for path in self.problems for setting in settings)

    def field(self, name: str, setting: str) -> None:
        """One setting of a group; a choice is followed by its own settings."""
        info = self.group(name).model_fields[setting]
        path = (name, setting)
        options = field_options(info)
        if not options:
            _widget(path, info, _named(self.group(name), setting))
            self._complain(path)
            return
        _choice(path, info)
        self._complain(path)
        chosen = options[_value(path)["kind"]]
        for own, own_info in chosen.model_fields.items():
            if own != "kind":
                _widget((*path, own), own_info, chosen.allowed_values(own))
                self._complain((*path, own))

    def _complain(self, path: tuple[str, ...]) -> None:
        if sentence := self.problems.get(path):
            text.problem(sentence)


def _extra(info: FieldInfo) -> dict[str, Any]:
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def _value(path: tuple[str, ...]) -> Any:
    node = draft()
    for part in path:
        node = node[part]
    return node


def put(group: str, value: Draft) -> None:
    """Change a group of the draft; its widgets take the new values at their next drawing."""
    draft()[group] = value
    _have_put(())


def _have_put(path: tuple[str, ...]) -> None:
    st.session_state.setdefault(_PUTS, Counter())[path] += 1


def _key(path: tuple[str, ...]) -> str:
    """The key of a field's widget: another one whenever the app has put a value there.

    The browser tells its fields' values with everything that it asks for. What it asks for before it hears of the new
    value would, under the old key, count as a person's change back.
    """
    puts: Counter[tuple[str, ...]] = st.session_state.setdefault(_PUTS, Counter())
    return f"field:{'.'.join(path)}#{sum(puts[path[:depth]] for depth in range(len(path)))}"


def _shown(path: tuple[str, ...], keep: Keep, info: FieldInfo) -> None:
    """A field is on the screen: `keep` takes what is entered there.

    Not by the widget's `on_change`: the browser's next request, for example a click on Train, cuts such a call off.
    """
    st.session_state.setdefault(_SHOWN, {})[path] = keep, info


def _keep(path: tuple[str, ...], value: Any, info: FieldInfo) -> None:
    """Take a widget's value into the draft."""
    if typing.get_origin(info.annotation) is tuple:
        value = _numbers(value)
    _value(path[:-1])[path[-1]] = value


def _keep_kind(path: tuple[str, ...], kind: str, info: FieldInfo) -> None:
    """Take a chosen option into the draft. What the person has set, and both options have, keeps its value.

    Strengths and weights do not: each corruption and each penalty counts in a unit of its own.
    """
    options, before = field_options(info), _value(path)
    if kind == before["kind"]:
        return
    old, node = _defaults(options[before["kind"]]), _defaults(options[kind])
    if path[0] not in ("corruption", "penalty"):
        node |= {name: value for name, value in before.items() if name in node and value != old.get(name)}
    _value(path[:-1])[path[-1]] = node | {"kind": kind}
    _have_put(path)


def _defaults(option: type[BaseModel]) -> Draft:
    return {name: field.get_default(call_default_factory=True) for name, field in option.model_fields.items()}


def _choice(path: tuple[str, ...], info: FieldInfo) -> None:
    options = field_options(info)
    key = _key(path)
    st.session_state.setdefault(key, _value(path)["kind"])
    st.selectbox(
        info.title or path[-1],
        list(options),
        key=key,
        format_func=lambda kind: options[kind].title,
        help="  \n".join([info.description or "", *(f"**{o.title}**: {o.summary()}" for o in options.values())]),
    )
    _shown(path, _keep_kind, info)


def _named(group: type[BaseModel], setting: str) -> Mapping[str, str] | None:
    return group.allowed_values(setting) if issubclass(group, Option) else None


def _widget(path: tuple[str, ...], info: FieldInfo, named: Mapping[str, str] | None) -> None:
    """The widget of a plain setting, by its type; of one that may be this or that on this machine, by those `named`."""
    key = _key(path)
    annotation, value, extra = _plain(info.annotation), _value(path), _extra(info)
    shared: dict[str, Any] = {
        "label": info.title or path[-1],
        "key": key,
        "help": info.description,
    }
    _shown(path, _keep, info)
    if named is not None:
        st.session_state.setdefault(key, value)
        options = [*named, *([value] if value not in named else [])]
        st.selectbox(options=options, format_func=lambda v: named.get(v, v or "none yet"), disabled=not named, **shared)
        return
    if typing.get_origin(annotation) is tuple:
        st.session_state.setdefault(key, value if isinstance(value, str) else ", ".join(map(str, value)))
        st.text_input(max_chars=100, **shared)
        return
    st.session_state.setdefault(key, value)
    if typing.get_origin(annotation) is Literal:
        labels = extra.get("labels", {})
        st.selectbox(options=typing.get_args(annotation), format_func=lambda v: labels.get(v, str(v)), **shared)
    elif annotation is bool:
        st.toggle(**shared)
    elif "stops" in extra:
        st.select_slider(options=sorted({*extra["stops"], value}), **shared)
    else:
        # `value=None`: a field that is emptied must not turn into 0; only what may be left empty says what that means.
        empty = "all" if annotation is not info.annotation else None
        form = {"step": extra.get("step", 1)} if annotation is int else {"step": extra.get("step", 0.1), "format": "%g"}
        st.number_input(value=None, placeholder=empty, **form, **shared)


def _plain(annotation: Any) -> Any:
    """The type without its `| None`."""
    members = [member for member in typing.get_args(annotation) if member is not NoneType]
    return members[0] if NoneType in typing.get_args(annotation) else annotation


def _numbers(text: str) -> list[Any] | str:
    """Comma-separated numbers; what is none stays as it is, for the config to refuse."""
    return [_number(part.strip()) for part in text.replace(";", ",").split(",") if part.strip()]


def _number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text
