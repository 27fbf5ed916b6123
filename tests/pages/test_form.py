"""The form on the Train page: derived from the config classes, it takes every choice, and refuses in sentences."""

from __future__ import annotations

from itertools import product

import pytest
from page_words import assert_no_errors, button, fields, keyed, said
from streamlit.testing.v1 import AppTest

from aecore.config.recipes import RECIPES
from aecore.config.reference import FAMILIES
from aecore.config.run_config import RunConfig
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.options.registry import error_messages, options_by_kind
from pages.parts.shell.navigation import page_info

KINDS = [(path, kind) for path, family in FAMILIES.items() for kind in options_by_kind(family)]
PAIRS = list(product(options_by_kind(Network), options_by_kind(Bottleneck)))


@pytest.fixture
def train(open_page) -> AppTest:
    return open_page("pages/train.py")


def choose(app: AppTest, path: str, kind: str) -> None:
    keyed(app, f"field:{path}").set_value(kind).run()


def drafted(app: AppTest) -> RunConfig:
    return RunConfig.model_validate(app.session_state["draft"])


def assert_decided(app: AppTest) -> None:
    """Either the button can be pressed, or a sentence says why not."""
    assert_no_errors(app)
    refused = "Some settings do not fit together" in said(app) or "on this machine" in said(app)
    assert button(app, "Train").disabled == refused


def test_recipes_are_all_offered_and_the_first_is_filled_in(train):
    assert train.selectbox(key="recipe").options == [recipe.title for recipe in RECIPES.values()]
    assert drafted(train) == next(iter(RECIPES.values())).config()
    assert not button(train, "Train").disabled


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_fills_the_form(train, name):
    keyed(train, "field:training.seed").set_value(123).run()  # something to fill over
    train.selectbox(key="recipe").set_value(next(other for other in RECIPES if other != name)).run()
    train.selectbox(key="recipe").set_value(name).run()
    config = RECIPES[name].config()
    assert_no_errors(train)
    assert drafted(train) == config
    assert not button(train, "Train").disabled
    for path, value in {
        "network": config.network.kind,
        "bottleneck": config.bottleneck.kind,
        "training.loss": config.training.loss,
    }.items():
        assert keyed(train, f"field:{path}").value == value
    assert keyed(train, "field:training.epochs").value == config.training.epochs


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_trains_exactly_that_under_its_title(train, lab_store, name):
    train.selectbox(key="recipe").set_value(name).run()
    button(train, "Train").click().run()
    assert_no_errors(train)
    run = lab_store.runs()[0]
    assert (run.config(), run.state().recipe) == (RECIPES[name].config(), name)
    assert run.state().name.startswith(RECIPES[name].title)  # a number follows where the name is taken
    assert "changed" not in run.state().name
    assert train.session_state["run"] == run.id


@pytest.mark.parametrize(("path", "kind"), KINDS)
def test_every_kind_can_be_chosen(train, path, kind):
    choose(train, path, kind)
    assert_decided(train)
    group, *rest = path.split(".")
    node = train.session_state["draft"][group]
    assert (node[rest[0]] if rest else node)["kind"] == kind


@pytest.mark.parametrize(("network", "bottleneck"), PAIRS)
def test_every_network_with_every_bottleneck(train, network, bottleneck):
    choose(train, "network", network)
    choose(train, "bottleneck", bottleneck)
    assert_decided(train)
    button(train, "Train")
    if not button(train, "Train").disabled:
        assert f"code of {drafted(train).stored_numbers:,} numbers" in said(train)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
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
        ("training.epochs", 0, "Epochs is 0; it must be 1 or more"),
        ("training.learning_rate", 0.0, "it must be more than 0"),
        ("training.weight_decay", -1.0, "Weight decay (L2) is -1; it must be"),
        ("training.seed", -1, "Seed is -1; it must be 0 or more"),
        ("network.dropout", 1.0, "it must be less than 1"),
        ("dataset.images", 10**9, "Training images is 1,000,000,000; MNIST, 5,000 has 4,000"),
        ("dataset.images", 1, "Training images is 1; it must be 10 or more"),
        ("dataset.validation", 4_499, "at most 4,490 can be held out"),
    ],
)
def test_impossible_setting_is_a_sentence_and_no_training(train, key, value, sentence):
    keyed(train, f"field:{key}").set_value(value).run()
    assert_no_errors(train)
    assert sentence in said(train)
    assert button(train, "Train").disabled
    # And back: what was impossible does no lasting harm.
    train.selectbox(key="recipe").set_value("vae").run()
    assert_no_errors(train)
    assert not button(train, "Train").disabled


def test_no_hidden_layers_is_an_empty_field(train):
    keyed(train, "field:network.widths").set_value("").run()
    assert_no_errors(train)
    assert drafted(train).network.widths == ()
    assert not button(train, "Train").disabled


def test_what_is_impossible_in_hidden_settings_opens_them(train):
    choose(train, "dataset", "vectors")
    assert_no_errors(train)
    assert "choose MSE as the loss" in said(train)
    assert button(train, "Train").disabled
    assert train.expander[0].proto.expanded
    keyed(train, "field:training.loss").set_value("mse").run()
    assert not button(train, "Train").disabled


@pytest.mark.parametrize("channels", ["", "8, 8, 8, 8, 8, 8, 8, 8", "8, 8, 8, 8, 8, 8", "x", "2000", "; ;"])
def test_impossible_channels_are_a_sentence(train, channels):
    choose(train, "network", "conv")
    keyed(train, "field:network.channels").set_value(channels).run()
    assert_no_errors(train)
    assert "hannels" in said(train)
    assert button(train, "Train").disabled


@pytest.mark.parametrize("written", ["64,32", " 64 ; 32 ", "64, 32,", "64,,32"])
def test_lists_are_read_as_people_write_them(train, written):
    keyed(train, "field:network.widths").set_value(written).run()
    assert_no_errors(train)
    assert drafted(train).network.widths == (64, 32)


def test_all_images_is_an_empty_field(train):
    keyed(train, "field:dataset.images").set_value(1000).run()
    assert drafted(train).dataset.images == 1000
    keyed(train, "field:dataset.images").set_value(None).run()
    assert_no_errors(train)
    assert drafted(train).dataset.images is None


def test_another_option_keeps_what_was_set_and_both_have(train):
    keyed(train, "field:network.dropout").set_value(0.3).run()
    choose(train, "network", "conv")
    assert drafted(train).network.dropout == 0.3
    choose(train, "network", "dense")
    assert drafted(train).network.dropout == 0.3


def test_the_draft_survives_a_change_of_page(train):
    keyed(train, "field:training.epochs").set_value(7).run()
    train.switch_page(str(page_info("").file)).run()
    train.switch_page(str(page_info("train").file)).run()
    assert_no_errors(train)
    assert keyed(train, "field:training.epochs").value == 7
    assert drafted(train).training.epochs == 7


def test_changed_settings_say_so_in_the_name(train, lab_store):
    keyed(train, "field:training.epochs").set_value(7).run()
    button(train, "Train").click().run()
    run = lab_store.runs()[0]
    assert run.state().name == "Quick start, epochs 7"
    assert run.config().training.epochs == 7


def test_a_link_to_a_run_shows_its_settings(open_page, lab_store, small):
    run = lab_store.create(small, "Linked", "deep-dense")
    app = open_page("pages/train.py", run.id)
    assert_no_errors(app)
    assert drafted(app) == small
    assert app.selectbox(key="recipe").value == "deep-dense"


def test_every_field_of_every_kind_has_a_widget(train):
    for path, kind in KINDS:
        choose(train, path, kind)
        shown = fields(train)
        for setting in options_by_kind(FAMILIES[path])[kind].model_fields:
            name = path if setting == "kind" else f"{path}.{setting}"
            assert f"field:{name}" in shown, (path, kind, setting)


def test_messages_of_the_form_come_from_the_config():
    """What the page says is what the shell says: both ask the config."""
    with pytest.raises(Exception, match="batch_size") as caught:
        RunConfig.model_validate({"training": {"batch_size": 0}})
    assert error_messages(caught.value, RunConfig) == {
        ("training", "batch_size"): "Batch size is 0; it must be 1 or more."
    }
