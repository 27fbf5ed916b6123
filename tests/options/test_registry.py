from __future__ import annotations

from typing import Literal

import pytest

from aecore.config.run_config import RunConfig, Training
from aecore.data import Dataset
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.optim.schedules import Schedule
from aecore.options.registry import Option, kinds, options_of, union

FAMILIES = [Network, Bottleneck, Dataset, Schedule]
EVERY_KIND = [pytest.param(option, id=kind) for family in FAMILIES for kind, option in kinds(family).items()]


@pytest.mark.parametrize("option", EVERY_KIND)
def test_every_kind_says_what_it_is(option: type[Option]) -> None:
    assert option.title
    assert option.summary()[0].isupper() or option.summary()[0].isdigit()
    assert option.summary().endswith((".", ":"))
    for name, field in option.model_fields.items():
        if name != "kind":
            assert field.title, f"{option.__name__}.{name} needs a title"
            assert field.description, f"{option.__name__}.{name} needs a description"
            assert field.description.endswith("."), name


@pytest.mark.parametrize("option", EVERY_KIND)
def test_every_kind_is_complete_with_its_defaults(option: type[Option]) -> None:
    made = option.model_validate({})
    assert option.model_validate_json(made.model_dump_json()) == made


def test_training_settings_say_what_they_are() -> None:
    assert all(field.title and field.description for field in Training.model_fields.values())


def test_options_of_reads_what_union_wrote() -> None:
    fields = {"network": Network, "bottleneck": Bottleneck, "dataset": Dataset}
    for name, family in fields.items():
        assert options_of(RunConfig.model_fields[name]) == kinds(family)
    assert options_of(Training.model_fields["epochs"]) == {}


def test_a_family_of_one_is_its_option() -> None:
    class Alone(Option):
        pass

    class One(Alone):
        """The only one."""

        kind: Literal["one"] = "one"
        title = "One"

    assert union(Alone) is One
    assert kinds(Alone) == {"one": One}


def test_two_of_a_kind_are_refused() -> None:
    class Quarrel(Option):
        pass

    class First(Quarrel):
        """One."""

        kind: Literal["same"] = "same"
        title = "First"

    class Second(Quarrel):
        """Other."""

        kind: Literal["same"] = "same"
        title = "Second"

    with pytest.raises(TypeError, match="Second and First both call themselves 'same'"):
        kinds(Quarrel)


def test_an_option_without_a_title_is_refused() -> None:
    class Shy(Option):
        pass

    class Nameless(Shy):
        """No title."""

        kind: Literal["nameless"] = "nameless"

    with pytest.raises(TypeError, match="Nameless needs a title"):
        kinds(Shy)
