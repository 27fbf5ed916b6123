"""The options of every family as a table, from their classes; the README holds a copy between two marks."""

from __future__ import annotations

from aecore.bottlenecks import Bottleneck
from aecore.choices import Choice, kinds
from aecore.corruptions import Corruption
from aecore.datasets import Dataset
from aecore.networks import Network
from aecore.optimisers import Optimiser
from aecore.penalties import Penalty
from aecore.schedules import Schedule
from aecore.stopping import Stopping

FAMILIES: dict[str, type[Choice]] = {
    "dataset": Dataset,
    "network": Network,
    "bottleneck": Bottleneck,
    "corruption": Corruption,
    "penalty": Penalty,
    "training.optimiser": Optimiser,
    "training.schedule": Schedule,
    "training.stopping": Stopping,
}

BEGIN, END = "<!-- options: begin -->", "<!-- options: end -->"


def options_table() -> str:
    """A Markdown table: where an option stands in the config, its kind, what it is, its own settings."""
    lines = ["| setting | kind | what it is | its settings |", "|---|---|---|---|"]
    for place, family in FAMILIES.items():
        for kind, option in kinds(family).items():
            settings = ", ".join(f"`{name}`" for name in option.model_fields if name != "kind")
            lines.append(f"| `{place}` | `{kind}` | {option.summary()} | {settings} |")
    return "\n".join(lines)


def with_options(readme: str) -> str:
    """The text with the table between the marks brought up to date."""
    before, rest = readme.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return f"{before}{BEGIN}\n{options_table()}\n{END}{after}"
