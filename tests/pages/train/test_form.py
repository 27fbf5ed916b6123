"""The settings form on the Train page: it offers every option, and explains invalid settings."""

from __future__ import annotations

from itertools import product
from operator import attrgetter

import pytest
from page_elements import assert_no_error, button, fields, page_text, widget
from streamlit.testing.v1 import AppTest

from aecore.config.recipes import RECIPES
from aecore.config.reference import FAMILIES
from aecore.config.run_config import RunConfig
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.options.error_messages import error_messages
from aecore.options.registry import options_by_kind
from pages.parts.shell.navigation import page_info

KINDS = [(path, kind) for path, family in FAMILIES.items() for kind in options_by_kind(family)]
PAIRS = list(product(options_by_kind(Network), options_by_kind(Bottleneck)))


@pytest.fixture
def train(open_page) -> AppTest:
    return open_page("pages/train.py")


def choose(app: AppTest, path: str, kind: str) -> None:
    widget(app, f"field.{path}").set_value(kind).run()


def draft_config(app: AppTest) -> RunConfig:
    return RunConfig.model_validate(app.session_state["draft"])


def assert_train_button_consistent(app: AppTest) -> None:
    """Assert that the button is enabled, or a message says why not."""
    assert_no_error(app)
    reasons = ("Training cannot start with these settings", "Download it first", "Add some first")
    is_refused = any(reason in page_text(app) for reason in reasons)
    assert button(app, "Train").disabled == is_refused


def test_offers_all_recipes_and_starts_with_the_first(train):
    assert train.selectbox(key="recipe").options == [recipe.title for recipe in RECIPES.values()]
    assert draft_config(train) == next(iter(RECIPES.values())).config()
    assert not button(train, "Train").disabled


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_fills_the_form(train, name):
    widget(train, "field.training.seed").set_value(123).run()  # a value to overwrite
    train.selectbox(key="recipe").set_value(next(other for other in RECIPES if other != name)).run()
    train.selectbox(key="recipe").set_value(name).run()
    config = RECIPES[name].config()
    assert_no_error(train)
    assert draft_config(train) == config
    assert not button(train, "Train").disabled
    for path, value in {
        "network": config.network.kind,
        "bottleneck": config.bottleneck.kind,
        "training.loss": config.training.loss,
    }.items():
        assert widget(train, f"field.{path}").value == value
    length = config.training.length
    assert widget(train, f"field.training.length.{length.kind}").value == length.total


@pytest.mark.parametrize("name", RECIPES)
def test_trains_the_recipe_under_its_title(train, app_store, name):
    train.selectbox(key="recipe").set_value(name).run()
    button(train, "Train").click().run()
    assert_no_error(train)
    run = app_store.runs()[0]
    assert (run.config(), run.state().recipe) == (RECIPES[name].config(), name)
    assert run.state().name.startswith(RECIPES[name].title)  # a number follows if the name exists
    assert "changed" not in run.state().name
    assert train.session_state["run"] == run.id


@pytest.mark.parametrize(("path", "kind"), KINDS)
def test_every_option_can_be_selected(train, path, kind):
    choose(train, path, kind)
    assert_train_button_consistent(train)
    group, *rest = path.split(".")
    node = train.session_state["draft"][group]
    assert (node[rest[0]] if rest else node)["kind"] == kind


@pytest.mark.parametrize(("network", "bottleneck"), PAIRS)
def test_every_network_works_with_every_bottleneck(train, network, bottleneck):
    choose(train, "network", network)
    choose(train, "bottleneck", bottleneck)
    assert_train_button_consistent(train)
    button(train, "Train")
    if not button(train, "Train").disabled:
        assert f"code of {draft_config(train).stored_numbers:,} values" in page_text(train)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("network.widths", "128, abc", "'abc'; it must be a whole number"),
        ("network.widths", "0", "One of the layer widths is 0; it must be 1 or more"),
        ("network.widths", "-5", "is -5; it must be 1 or more"),
        ("network.widths", "99999", "is 99,999; it must be 8,192 or less"),
        ("network.widths", "8192, 8192, 8192", "million parameters; at most 50 million are possible"),
        ("network.widths", "1,2,3,4,5,6,7,8,9", "has 9 entries; it must have at most 8"),
        ("network.widths", "²", "it must be a whole number"),
        ("network.widths", "1" * 5000, "One of the layer widths is"),
        ("network.widths", "--5", "it must be a whole number"),
        ("training.batch_size", 0, "Batch size is 0; it must be 1 or more"),
        ("training.batch_size", 10**9, "it must be 10,000 or less"),
        ("training.length.steps", 0, "Steps is 0; it must be 1 or more"),
        ("training.learning_rate", 0.0, "it must be more than 0"),
        ("training.weight_decay", -1.0, "Weight decay (L2) is -1; it must be"),
        ("training.seed", -1, "Seed is -1; it must be 0 or more"),
        ("network.dropout", 1.0, "it must be less than 1"),
        ("dataset.images", 10**9, "Training images is 1,000,000,000; MNIST, 5,000 has 4,000"),
        ("dataset.images", 1, "Training images is 1; it must be 10 or more"),
        ("dataset.validation", 4_499, "at most 4,490 can be held out"),
    ],
)
def test_rejects_an_invalid_setting_with_a_message(train, key, value, message):
    widget(train, f"field.{key}").set_value(value).run()
    assert_no_error(train)
    assert message in page_text(train)
    assert button(train, "Train").disabled
    # A recipe replaces the invalid value.
    train.selectbox(key="recipe").set_value("vae").run()
    assert_no_error(train)
    assert not button(train, "Train").disabled


def test_more_settings_keep_their_values_while_they_are_hidden(train):
    widget(train, "field.training.batch_size").set_value(17).run()
    for is_open in (False, True):
        train.session_state["more_settings_open"] = is_open
        train.run()
        assert_no_error(train)
        assert draft_config(train).training.batch_size == 17
    assert widget(train, "field.training.batch_size").value == 17


def test_no_hidden_layers_is_an_empty_field(train):
    widget(train, "field.network.widths").set_value("").run()
    assert_no_error(train)
    assert draft_config(train).network.widths == ()
    assert not button(train, "Train").disabled


def test_expands_more_settings_if_one_of_them_is_invalid(open_page):
    train = open_page("pages/train.py", more_settings_open=False)
    assert not train.expander[0].proto.expanded
    assert not train.expander[0].children, "its fields are not on the page, which opens sooner"
    choose(train, "dataset", "vectors")
    assert_no_error(train)
    assert "choose MSE as the loss" in page_text(train)
    assert button(train, "Train").disabled
    assert train.expander[0].proto.expanded
    widget(train, "field.training.loss").set_value("mse").run()
    assert not button(train, "Train").disabled
    assert train.expander[0].proto.expanded


@pytest.mark.parametrize("channels", ["", "8, 8, 8, 8, 8, 8, 8, 8", "8, 8, 8, 8, 8, 8", "x", "2000", "; ;"])
def test_rejects_invalid_channels_with_a_message(train, channels):
    choose(train, "network", "conv")
    widget(train, "field.network.channels").set_value(channels).run()
    assert_no_error(train)
    assert "hannels" in page_text(train)
    assert button(train, "Train").disabled


@pytest.mark.parametrize("entered", ["64,32", " 64 ; 32 ", "64, 32,", "64,,32"])
def test_accepts_lists_in_several_notations(train, entered):
    widget(train, "field.network.widths").set_value(entered).run()
    assert_no_error(train)
    assert draft_config(train).network.widths == (64, 32)


@pytest.mark.parametrize("setting", ["batch_size", "length.steps", "learning_rate"])
def test_an_emptied_number_field_keeps_its_last_value(train, setting):
    """As if the browser had never received the value, when its next request cut off the script that sent it."""
    before = draft_config(train)
    widget(train, f"field.training.{setting}").set_value(None).run()
    assert_no_error(train)
    assert draft_config(train) == before
    assert widget(train, f"field.training.{setting}").value == attrgetter(setting)(before.training)
    assert not button(train, "Train").disabled


def test_all_images_is_an_empty_field(train):
    widget(train, "field.dataset.images").set_value(1000).run()
    assert draft_config(train).dataset.images == 1000
    widget(train, "field.dataset.images").set_value(None).run()
    assert_no_error(train)
    assert draft_config(train).dataset.images is None


def test_another_option_keeps_the_changed_settings_that_both_have(train):
    widget(train, "field.network.dropout").set_value(0.3).run()
    choose(train, "network", "conv")
    assert draft_config(train).network.dropout == 0.3
    choose(train, "network", "dense")
    assert draft_config(train).network.dropout == 0.3


@pytest.mark.parametrize("network", ["conv", "residual"])
def test_an_option_selected_again_has_its_settings_of_before(train, network):
    train.selectbox(key="recipe").set_value("deep-dense").run()
    choose(train, "network", network)
    choose(train, "network", "dense")
    assert draft_config(train) == RECIPES["deep-dense"].config()
    widget(train, "field.network.dropout").set_value(0.3).run()
    choose(train, "network", network)
    widget(train, "field.network.dropout").set_value(0.0).run()
    choose(train, "network", "dense")
    assert draft_config(train).network.dropout == 0.0, "a default that was chosen meanwhile"
    train.selectbox(key="recipe").set_value("quick-start").run()
    choose(train, "network", network)
    choose(train, "network", "dense")
    assert draft_config(train) == RECIPES["quick-start"].config(), "not those of another recipe"


def test_an_impossible_combination_keeps_the_way_back_and_shows_no_other_diagram(train):
    choose(train, "dataset", "vectors")
    assert button(train, "Train").disabled
    assert "parameters · code of" not in page_text(train)
    button(train, "Reset to the recipe").click().run()
    assert not button(train, "Train").disabled
    assert "parameters · code of 16 values" in page_text(train)


def test_the_length_is_always_visible(train):
    hidden = {element.key for element in (*train.expander[0].selectbox, *train.expander[0].number_input)}
    shown = {widget(train, f"field.training.{name}").key for name in ("length", "length.steps", "learning_rate")}
    assert hidden
    assert not shown & hidden


def test_the_draft_survives_a_change_of_page(train):
    widget(train, "field.training.length.steps").set_value(7).run()
    train.switch_page(str(page_info("").file)).run()
    train.switch_page(str(page_info("train").file)).run()
    assert_no_error(train)
    assert widget(train, "field.training.length.steps").value == 7
    assert draft_config(train).training.length.steps == 7


def test_names_the_run_after_the_changed_settings(train, app_store):
    widget(train, "field.training.length.steps").set_value(7).run()
    button(train, "Train").click().run()
    run = app_store.runs()[0]
    assert run.state().name == "Quick start, 7 steps"
    assert run.config().training.length.steps == 7


def test_a_link_to_a_run_shows_its_settings(open_page, app_store, small):
    run = app_store.create(small, "Linked", "deep-dense")
    app = open_page("pages/train.py", run.id)
    assert_no_error(app)
    assert draft_config(app) == small
    assert app.selectbox(key="recipe").value == "deep-dense"


def test_every_field_of_every_kind_has_a_widget(train):
    for path, kind in KINDS:
        choose(train, path, kind)
        shown = fields(train)
        for setting in options_by_kind(FAMILIES[path])[kind].model_fields:
            name = path if setting == "kind" else f"{path}.{setting}"
            assert f"field.{name}" in shown, (path, kind, setting)


def test_messages_of_the_form_come_from_the_config():
    """The form and the command line show the same messages."""
    with pytest.raises(Exception, match="batch_size") as caught:
        RunConfig.model_validate({"training": {"batch_size": 0}})
    assert error_messages(caught.value, RunConfig) == {
        ("training", "batch_size"): "Batch size is 0; it must be 1 or more."
    }
