"""The options of every family as a table, from their classes; the README holds a copy between two marks."""

from __future__ import annotations

from aecore.data import Dataset
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.objectives.corruptions import Corruption
from aecore.objectives.penalties import Penalty
from aecore.optim.optimizers import Optimizer
from aecore.optim.schedules import Schedule
from aecore.optim.stopping import Stopping
from aecore.options.registry import Option, options_by_kind

FAMILIES: dict[str, type[Option]] = {
    "dataset": Dataset,
    "network": Network,
    "bottleneck": Bottleneck,
    "corruption": Corruption,
    "penalty": Penalty,
    "training.optimizer": Optimizer,
    "training.schedule": Schedule,
    "training.stopping": Stopping,
}

BEGIN, END = "<!-- options: begin -->", "<!-- options: end -->"


def options_table() -> str:
    """A Markdown table: where an option stands in the config, its kind, what it is, its own settings."""
    lines = ["| setting | kind | what it is | its settings |", "|---|---|---|---|"]
    for place, family in FAMILIES.items():
        for kind, option in options_by_kind(family).items():
            settings = ", ".join(f"`{name}`" for name in option.model_fields if name != "kind")
            lines.append(f"| `{place}` | `{kind}` | {option.summary()} | {settings} |")
    return "\n".join(lines)


def with_options(readme: str) -> str:
    """The text with the table between the marks brought up to date."""
    before, rest = readme.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return f"{before}{BEGIN}\n{options_table()}\n{END}{after}"
