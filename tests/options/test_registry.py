from __future__ import annotations

from typing import Literal

import pytest

from aecore.config.run_config import RunConfig
from aecore.config.training import Training
from aecore.data import Dataset
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.optim.schedules import Schedule
from aecore.options.registry import Option, field_options, option_union, options_by_kind

FAMILIES = [Network, Bottleneck, Dataset, Schedule]
EVERY_OPTION = [
    pytest.param(option, id=kind) for family in FAMILIES for kind, option in options_by_kind(family).items()
]


@pytest.mark.parametrize("option", EVERY_OPTION)
def test_every_option_has_title_and_description(option: type[Option]) -> None:
    assert option.title
    assert option.summary()[0].isupper() or option.summary()[0].isdigit()
    assert option.summary().endswith((".", ":"))
    for name, field in option.model_fields.items():
        if name != "kind":
            assert field.title, f"{option.__name__}.{name} needs a title"
            assert field.description, f"{option.__name__}.{name} needs a description"
            assert field.description.endswith("."), name


@pytest.mark.parametrize("option", EVERY_OPTION)
def test_every_option_is_valid_with_its_defaults(option: type[Option]) -> None:
    default = option.model_validate({})
    assert option.model_validate_json(default.model_dump_json()) == default


def test_every_training_setting_has_title_and_description() -> None:
    assert all(field.title and field.description for field in Training.model_fields.values())


def test_field_options_returns_the_options_of_a_union() -> None:
    fields = {"network": Network, "bottleneck": Bottleneck, "dataset": Dataset}
    for name, family in fields.items():
        assert field_options(RunConfig.model_fields[name]) == options_by_kind(family)
    assert field_options(Training.model_fields["seed"]) == {}


def test_union_of_a_single_option_is_that_option() -> None:
    class Family(Option):
        pass

    class One(Family):
        """The only option."""

        kind: Literal["one"] = "one"
        title = "One"

    assert option_union(Family) is One
    assert options_by_kind(Family) == {"one": One}


def test_rejects_options_of_the_same_kind() -> None:
    class Family(Option):
        pass

    class First(Family):
        """One option."""

        kind: Literal["same"] = "same"
        title = "First"

    class Second(Family):
        """Another option."""

        kind: Literal["same"] = "same"
        title = "Second"

    with pytest.raises(TypeError, match="Second and First have the same kind 'same'"):
        options_by_kind(Family)


def test_rejects_an_option_without_title() -> None:
    class Family(Option):
        pass

    class Untitled(Family):
        """No title."""

        kind: Literal["untitled"] = "untitled"

    with pytest.raises(TypeError, match="Untitled needs a title"):
        options_by_kind(Family)
