"""The plan of a sweep: what it varies, and the runs that follow. It is the content of `sweep.json`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, JsonValue, PrivateAttr, ValidationError, model_validator

from aecore.config.run_config import RunConfig
from aecore.errors import IncompatibleSettings, UnreadableSweep
from aecore.options.error_messages import error_messages
from aecore.options.registry import FrozenModel
from aecore.runs.continuation import setting_title
from aecore.runs.files.config_file import versioned_config
from aecore.runs.files.migrations import migrate_config
from aecore.runs.files.schemas import Seconds
from aecore.runs.names import clean_name, value_text
from aecore.utils.one_line import one_line
from aecore.utils.strict_json import read_json, to_json

#: The version written to `sweep.json`.
SWEEP_VERSION = 1

MAX_SEEDS = 100
MAX_RUNS = 1000
SEED = "training.seed"


@dataclass(frozen=True)
class Member:
    """One run of a sweep."""

    number: int  # in the order of training, from 0
    value: Any  # of the setting, as JSON
    text: str  # the value as a text
    seed: int
    config: RunConfig

    @property
    def steps(self) -> int:
        """Number of optimizer steps of its full length."""
        return self.config.training.length.total_steps(self.config.steps_per_epoch)


class SweepPlan(FrozenModel):
    """One setting, its values, and the number of seeds; every run of it is valid.

    Raises:
        pydantic.ValidationError: a value is invalid, alone or together with the other settings, or is given twice;
            or there are too many runs. `aecore.options.error_messages` turns it into sentences.
    """

    name: Annotated[str, AfterValidator(one_line)] = ""  # default: the setting and its values
    recipe: str | None = None
    owner: str | None = None  # id of the visitor who created it; None: the owner of the machine
    max_seconds: float | None = None  # of training of each run; None: no limit
    created: Seconds = Field(default_factory=time.time)
    base: RunConfig
    setting: str = Field(title="Setting", description="The setting that varies, as a dotted path.")
    values: tuple[JsonValue, ...] = Field(min_length=1, title="Values", description="The values of the setting.")
    seeds: int = Field(
        3,
        ge=1,
        le=MAX_SEEDS,
        title="Seeds",
        description="How often each value is trained, each time with another seed.",
    )
    _members: tuple[Member, ...] = PrivateAttr(())

    @model_validator(mode="after")
    def _expand(self) -> Self:
        runs = len(self.values) * self.seeds
        if runs > MAX_RUNS:
            counts = f"{len(self.values):,} values with {self.seeds} seeds are {runs:,} runs"
            raise IncompatibleSettings(f"{counts}; a sweep has at most {MAX_RUNS:,}.", "seeds")
        if self.setting == SEED and self.seeds > 1:
            raise IncompatibleSettings("The setting that varies is the seed; choose 1 as the number of seeds.", "seeds")
        if self.base.training.seed + self.seeds > 2**31:
            raise IncompatibleSettings("The last seed is too large; choose a smaller first seed.", "seeds")
        self._members = tuple(self._expanded())
        return self

    def _expanded(self) -> Iterator[Member]:
        """All values with the first seed come first, so that a complete curve is there early."""
        configs = [self._config(value) for value in self.values]
        for index, config in enumerate(configs):
            if config in configs[:index]:
                raise IncompatibleSettings(
                    f"{self.setting}={value_text(self._value(config))} is given twice; give each value once.", "values"
                )
        for number in range(self.seeds * len(configs)):
            repetition, index = divmod(number, len(configs))
            training = configs[index].training
            seed = training.seed + repetition
            config = configs[index].model_copy(update={"training": training.model_copy(update={"seed": seed})})
            value = self._value(config)
            yield Member(number, value, value_text(value), seed, config)

    def _config(self, value: JsonValue) -> RunConfig:
        try:
            return self.base.changed({self.setting: value})
        except ValidationError as error:
            messages = " ".join(error_messages(error, RunConfig).values())
            raise IncompatibleSettings(f"{self.setting}={value_text(value)}: {messages}", "values") from None

    def _value(self, config: RunConfig) -> Any:
        value: Any = config.model_dump(mode="json")
        for name in self.setting.split("."):
            value = value[name]
        return value

    @property
    def members(self) -> tuple[Member, ...]:
        """The runs, in the order of training."""
        return self._members

    @property
    def title(self) -> str:
        """The title of the setting, such as `Latent size`."""
        return setting_title(self._members[0].config, tuple(self.setting.split(".")))

    @property
    def short_setting(self) -> str:
        """The setting as it is part of names, such as `latent`."""
        path = self.setting.removesuffix(".kind").split(".")
        return path[-1].replace("_", " ")

    def member_name(self, member: Member) -> str:
        """Name a run of the sweep: `Quick start, latent 4, seed 1`."""
        return clean_name(f"{self.recipe_title or self.base.network.kind}, {self.member_label(member)}")

    def member_label(self, member: Member) -> str:
        """Name a run among those of the sweep: `latent 4, seed 1`."""
        seed = "" if self.setting == SEED else f", seed {member.seed}"
        return f"{self.short_setting} {member.text}{seed}"

    @property
    def default_name(self) -> str:
        """The name of a sweep without one: `Quick start: latent 2, 4, 8`."""
        texts = dict.fromkeys(member.text for member in self.members)
        return clean_name(f"{self.recipe_title or self.base.network.kind}: {self.short_setting} {', '.join(texts)}")

    @property
    def recipe_title(self) -> str | None:
        """The title of the recipe; None without one, or if it no longer exists."""
        from aecore.config.recipes import RECIPES

        return RECIPES[self.recipe].title if self.recipe in RECIPES else None

    @classmethod
    def read(cls, content: bytes) -> SweepPlan:
        """Parse a `sweep.json`.

        Raises:
            ValueError: the file is damaged.
            UnreadableSweep, UnreadableRun: the file is from a newer version.
        """
        tree = read_json(content)
        if not isinstance(tree, dict):
            raise ValueError("it is not a sweep")
        version = tree.pop("version", None)
        if not isinstance(version, int):
            raise ValueError(f"its version is {version!r}; it must be a number")
        if version > SWEEP_VERSION:
            raise UnreadableSweep(
                f"This sweep has format version {version}; this installation reads versions up to {SWEEP_VERSION}. "
                "Update Autoencoder Lab to open it."
            )
        return cls.model_validate(tree | {"base": migrate_config(tree.get("base"))})

    def to_file(self) -> bytes:
        """Return the content of `sweep.json`."""
        tree = self.model_dump(mode="json") | {"base": versioned_config(self.base)}
        return to_json({"version": SWEEP_VERSION, **tree}, indent=2).encode()
