"""Train: the settings form on the left, the selected run on the right."""

import streamlit as st

from aecore.config.recipes import RECIPES, recipe
from aecore.config.run_config import RunConfig
from pages.parts.runs.run_view import run_view
from pages.parts.runs.selection import selected_run
from pages.parts.shell import navigation, session, text
from pages.parts.shell.actions import size_problem
from pages.parts.train import draft, train_button
from pages.parts.train.download import download_buttons
from pages.parts.train.model_diagram import model_diagram
from pages.parts.train.settings_form import SettingsForm
from pages.parts.train.upload_form import upload_form

GROUPS = ("training", "network", "bottleneck", "corruption", "penalty", "dataset")


def fill_from_recipe() -> None:
    name = session.RECIPE.get()
    draft.fill(recipe(name).config(), name)


def init_draft() -> None:
    """Fill the draft from the selected run, unless it is a starter, so that a link to a run shows its settings."""
    run, name = selected_run(), next(iter(RECIPES))
    if run and not run.read_only:
        name = next((known for known in RECIPES if known == run.state().recipe), name)
        draft.fill(run.config(), name)
    else:
        draft.fill(recipe(name).config(), name)


def differs_from_recipe(config: RunConfig) -> bool:
    """Whether anything but the data was changed."""
    return config != recipe(session.DRAFT_RECIPE.get()).fitted(config.dataset)


def settings() -> RunConfig | None:
    """Draw the form; the config, or None while a setting is invalid."""
    if not session.DRAFT.exists():
        init_draft()
    if not session.RECIPE.exists():
        session.RECIPE.set(session.DRAFT_RECIPE.get())
    st.selectbox(
        "Recipe",
        list(RECIPES),
        key=session.RECIPE.name,
        format_func=lambda name: RECIPES[name].title,
        help="Settings that work well together. You can change each of them below.",
        on_change=fill_from_recipe,
    )
    st.caption(recipe(session.RECIPE.get()).explanation)
    config, problems = draft.validated()
    if config and (too_large := size_problem(config)):
        config, problems = None, {("network",): too_large}
    form = SettingsForm(problems)
    main_settings(form, config)
    more_settings(form)
    train_button.form_button(config)
    model_diagram(config)
    if config is None or differs_from_recipe(config):
        st.button("Reset to the recipe", type="tertiary", icon=":material/undo:", on_click=fill_from_recipe)
    download_buttons()
    return config


def main_settings(form: SettingsForm, config: RunConfig | None) -> None:
    for group in ("dataset", "network", "bottleneck"):
        left, right = st.columns(2)
        with left:
            form.kind(group)
            if group == "dataset":
                upload_form()
        with right:
            for setting in form.main(group):
                form.field(group, setting)
    # Most models have neither a corruption nor a penalty: the two share a row.
    for column, group in zip(st.columns(2), ("corruption", "penalty"), strict=True):
        with column:
            form.kind(group)
            for setting in form.main(group):
                form.field(group, setting)
    two_columns(form, "training", form.main("training"))
    if config:
        st.caption(config.length_text)


def more_settings(form: SettingsForm) -> None:
    if any(form.has_problem(group, form.rest(group)) for group in GROUPS):
        session.MORE_SETTINGS_OPEN.set(True)
    # Half of the form's fields are in here: the page opens sooner without them.
    expander = st.expander("More settings", key=session.MORE_SETTINGS_OPEN.name, on_change="rerun")
    if expander.open:
        with expander:
            for group in GROUPS:
                two_columns(form, group, form.rest(group))


def two_columns(form: SettingsForm, group: str, names: list[str]) -> None:
    columns = st.columns(2)
    for i, setting in enumerate(names):
        with columns[i % 2]:
            form.field(group, setting)


navigation.title(url_path="train")
run = selected_run()
with st.container(key="columns"):
    left, right = st.columns([3, 7], gap="medium")
with left:
    config = settings()
with right:
    if run:
        run_view(run)
    else:
        st.caption("Press **Train** to see how the reconstructions of ten test images improve.")
text.lesson("train", run.config() if run else config)
