"""The form of a new sweep: what to vary, the settings to start from, values, seeds, the cost, and the button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st
from pydantic import ValidationError

from aecore.config.differences import setting_rows
from aecore.config.recipes import RECIPES, recipe
from aecore.config.run_config import RunConfig
from aecore.data import Dataset, Mnist5k
from aecore.errors import AecoreError, LimitExceeded
from aecore.options.error_messages import error_messages
from aecore.options.registry import options_by_kind
from aecore.runs.sweeps.cost import SweepCost, sweep_cost
from aecore.runs.sweeps.plan import MAX_SEEDS, SweepPlan
from aecore.runs.sweeps.presets import PRESETS
from aecore.runs.sweeps.values import parse_values, values_text
from pages.parts.runs import state_label
from pages.parts.runs.groups import group_runs
from pages.parts.shell import resources, session, text
from pages.parts.shell.actions import check_sweep_limits, show_refusal
from pages.parts.shell.train_requests import SWEEP, TrainRequest
from pages.parts.visitors import visitor

OTHER = "other"  # instead of a preset: any setting
SETTING = "bottleneck.latent"
PLACE = "sweep"  # of refusals
_FIELDS = ("preset", "base", "dataset", "setting", "values", "seeds")
_FORM = "sweep_form"


@dataclass(frozen=True)
class _Base:
    """The settings that all runs of a sweep share."""

    recipe: str | None
    config: RunConfig


def read() -> dict[str, Any]:
    """The form as entered, including what was typed just before a click."""
    draft = session.SWEEP_DRAFT.get()
    if not draft:
        draft |= {"preset": "latent", "dataset": Mnist5k().kind, "setting": SETTING, "seeds": 1}
        draft |= {"base": PRESETS["latent"].recipe, "values": values_text(PRESETS["latent"].values)}
    before, own_data = draft["preset"], _own_dataset(draft["base"])
    for name in _FIELDS:
        if (key := session.versioned_key(_FORM, name)) in st.session_state:
            draft[name] = st.session_state[key]
    if draft["preset"] != before and draft["preset"] in PRESETS:
        preset = PRESETS[draft["preset"]]
        draft["values"] = values_text(preset.values)
        came_with_preset = before in PRESETS and draft["base"] == PRESETS[before].recipe
        if came_with_preset or preset.setting not in _settings(draft):
            draft["base"] = preset.recipe
    if (own := _own_dataset(draft["base"])) != own_data:
        draft["dataset"] = (own or Mnist5k()).kind
    return draft


def plan() -> SweepPlan:
    """The sweep that the form describes.

    Raises:
        ValidationError: a setting or a value is invalid.
        AecoreError: the run to start from was deleted, or is damaged.
    """
    draft = read()
    base = _base(draft)
    return SweepPlan(
        recipe=base.recipe,
        owner=visitor.owner_id(),
        base=base.config,
        setting=PRESETS[draft["preset"]].setting if draft["preset"] in PRESETS else draft["setting"],
        values=parse_values(draft["values"]) if draft["values"].strip() else (),
        seeds=draft["seeds"],
    )


def create() -> str:
    """Create the sweep of the form, and return its id.

    Raises:
        LimitExceeded, AecoreError, OSError: it cannot be created.
    """
    made = plan()
    made = made.model_copy(update={"max_seconds": check_sweep_limits(made)})
    return resources.sweeps().create(made).id


def form() -> None:
    """Draw the form."""
    draft = read()
    first = st.container(horizontal=True)
    _select(first, "preset", "Setting to vary", [*PRESETS, OTHER], _preset_title, 260)
    bases = _bases()
    if draft["base"] not in bases:
        draft["base"] = PRESETS["latent"].recipe
    _select(first, "base", "Start from", list(bases), bases.__getitem__, 300)
    if draft["base"] in RECIPES:
        kinds = [kind for kind, dataset in options_by_kind(Dataset).items() if _is_available(dataset)]
        _select(first, "dataset", "Data", kinds, lambda kind: options_by_kind(Dataset)[kind].title, 220)
    if draft["preset"] == OTHER:
        settings = _settings(draft)
        if draft["setting"] not in settings:
            draft["setting"] = SETTING if SETTING in settings else next(iter(settings), SETTING)
        _select(st, "setting", "Setting", list(settings), settings.__getitem__, 420)
    else:
        st.caption(PRESETS[draft["preset"]].explanation)
    second = st.container(horizontal=True)
    second.text_input(
        "Values", key=session.key_showing(draft["values"], _FORM, "values"), width=420, max_chars=1000,
        help="Separated by commas: 2, 4, 8. Texts need no quotes: dense, conv.",
    )  # fmt: skip
    second.number_input(
        "Seeds", 1, MAX_SEEDS, key=session.key_showing(draft["seeds"], _FORM, "seeds"), width=140,
        help="How often each value is trained, each time with other random weights. Three show the spread.",
    )  # fmt: skip
    _cost_and_button()


def _preset_title(name: str) -> str:
    return PRESETS[name].title if name in PRESETS else "Another setting"


def _select(place: Any, name: str, label: str, options: list[str], titles: Any, width: int) -> None:
    draft = session.SWEEP_DRAFT.get()
    if draft[name] not in options:
        draft[name] = options[0]
    key = session.key_showing(draft[name], _FORM, name)
    place.selectbox(label, options, key=key, format_func=titles, width=width)


def _cost_and_button() -> None:
    problem, cost = "", None
    try:
        made = plan()
        cost = _cost(made)
        check_sweep_limits(made)
        if not made.base.dataset.available():
            problem = made.base.dataset.unavailable_message()
    except ValidationError as error:
        problem = " ".join(error_messages(error, SweepPlan).values())
    except (LimitExceeded, AecoreError) as error:
        problem = str(error)
    if cost and cost.runs:
        st.caption(f"**Cost:** {text.escaped(cost.text)}")
    if problem:
        text.problem(problem)
    requests = session.TRAIN_REQUESTS.get()
    runs = f"{cost.runs:,} run{'s' if cost.runs > 1 else ''}" if cost else "the sweep"
    request = TrainRequest(SWEEP, requests.generations[SWEEP], config=None)
    st.button(
        f"Train {runs}", key=f"train-button-{SWEEP}-{request.generation}", type="primary", icon=":material/play_arrow:",
        disabled=bool(problem), on_click=requests.add, args=(request,),
    )  # fmt: skip
    show_refusal(PLACE)


def _cost(made: SweepPlan) -> SweepCost:
    finished = tuple(e.run.id for e in resources.store().entries() if e.state.status == "finished")
    return _cached_cost(made.model_dump_json(exclude={"created"}), finished, made)


@st.cache_data(max_entries=32, show_spinner=False)
def _cached_cost(key: str, finished: tuple[str, ...], _plan: SweepPlan) -> SweepCost:
    return sweep_cost(_plan, resources.store())


def _bases() -> dict[str, str]:
    """What a sweep can start from, by name or id: recipes, and the visitor's finished runs without those of sweeps."""
    listed = resources.store().entries(max_age=0.0)  # the form is not drawn again when another process finishes a run
    entries = [e for e in listed if e.state.status == "finished" and not e.state.sweep]
    by_id = {entry.run.id: entry.state for entry in entries}
    runs = {
        i: " · ".join([by_id[i].name, *([] if i.startswith("starter-") else state_label.date_and_state(by_id[i]))])
        for ids in group_runs(entries).values()
        for i in ids
    }
    return text.unique_labels({name: f"Recipe: {known.title}" for name, known in RECIPES.items()} | runs)


def _base(draft: dict[str, Any]) -> _Base:
    name = draft["base"]
    if name not in RECIPES:
        run = resources.store().get(name)
        return _Base(run.state().recipe, run.config())
    own = _own_dataset(name)
    kind = options_by_kind(Dataset)[draft["dataset"]]
    return _Base(name, recipe(name).config(own if isinstance(own, kind) else kind.model_validate({})))


def _own_dataset(base: str) -> Dataset | None:
    """The data for which a recipe is made; None for the usual ones."""
    return recipe(base).dataset if base in RECIPES else None


def _settings(draft: dict[str, Any]) -> dict[str, str]:
    """The settings of the base by dotted path, with their titles; empty if it cannot be read."""
    try:
        config = _base(draft).config
    except (ValidationError, AecoreError):
        return {}
    tree: Any = config.model_dump(mode="json")
    titles = {}
    for row in setting_rows([config]):
        node: Any = tree
        for part in row.path:
            node = node[part]
        path = ".".join(row.path)
        titles[f"{path}.kind" if isinstance(node, dict) and "kind" in node else path] = row.title
    return titles


def _is_available(dataset: type[Dataset]) -> bool:
    try:
        return dataset.model_validate({}).available()
    except ValidationError:  # it needs settings, such as a collection
        return False
