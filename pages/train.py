"""Train: settings on the left, the run view on the right."""

import streamlit as st

from aecore.config.recipes import RECIPES, recipe
from aecore.config.run_config import RunConfig
from pages.parts.runs.run_view import run_view
from pages.parts.runs.selection import selected_run
from pages.parts.shell import navigation, session, text
from pages.parts.train import settings_form, train_button
from pages.parts.train.download import offer_data
from pages.parts.train.model_diagram import blocks
from pages.parts.train.upload_form import collect

RECIPE = "recipe"


def fill_from_recipe() -> None:
    settings_form.set_draft(recipe(st.session_state[RECIPE]).config())
    session.DRAFT_RECIPE.set(st.session_state[RECIPE])


def first_draft() -> None:
    """The settings of the chosen run if a person made it, so that a reload or a link shows them again."""
    run, name = selected_run(), next(iter(RECIPES))
    if run and not run.read_only:
        settings_form.set_draft(run.config())
        based_on = run.state().recipe
        name = based_on if based_on in RECIPES else name
    else:
        settings_form.set_draft(recipe(name).config())
    session.DRAFT_RECIPE.set(name)


def differs(config: RunConfig, start: RunConfig) -> bool:
    """Whether more than the data was changed."""
    return config.model_copy(update={"dataset": start.dataset}) != start


def settings() -> None:
    if not settings_form.has_draft():
        first_draft()
    st.session_state.setdefault(RECIPE, session.DRAFT_RECIPE.get())
    st.selectbox(
        "Recipe",
        list(RECIPES),
        key=RECIPE,
        format_func=lambda name: RECIPES[name].title,
        help="Good settings to start from. Change any of them below.",
        on_change=fill_from_recipe,
    )
    st.caption(recipe(st.session_state[RECIPE]).explanation)
    config, problems = settings_form.validated()
    form = settings_form.Form(problems)
    for group in ("dataset", "network", "bottleneck"):
        left, right = st.columns(2)
        with left:
            form.kind(group)
            if group == "dataset":
                collect()
        for setting in form.main(group):
            with right:
                form.field(group, setting)
    # Most models have neither: the two share a row, and their settings follow only where one is chosen.
    for column, group in zip(st.columns(2), ("corruption", "penalty"), strict=True):
        with column:
            form.kind(group)
            for setting in form.main(group):
                form.field(group, setting)
    columns = st.columns(2)
    for i, setting in enumerate(form.main("training")):
        with columns[i % 2]:
            form.field("training", setting)
    groups = ("training", "network", "bottleneck", "corruption", "penalty", "dataset")
    with st.expander("More settings", expanded=any(form.problem_among(group, form.rest(group)) for group in groups)):
        for group in groups:
            columns = st.columns(2)
            for i, setting in enumerate(form.rest(group)):
                with columns[i % 2]:
                    form.field(group, setting)
    train_button.form_button(config)
    if config:
        st.session_state["last_possible"] = config
    if "last_possible" in st.session_state:  # the diagram stays while a setting is impossible: nothing jumps
        blocks(st.session_state["last_possible"])
    if config and differs(config, recipe(session.DRAFT_RECIPE.get()).config()):
        st.button("Back to the recipe", type="tertiary", icon=":material/undo:", on_click=fill_from_recipe)
    offer_data()


navigation.title(url_path="train")
run = selected_run()
# On a narrow screen the two rooms stand one above the other, and a run in training comes first.
with st.container(key="rooms"):
    left, right = st.columns([3, 7], gap="medium")
with left:
    settings()
with right:
    if run:
        with st.container(key="run-view-live" if run.state().active else "run-view"):
            run_view(run)
    else:
        st.caption("Press Train to see ten digits and their copies get sharper.")
text.lesson("train")
