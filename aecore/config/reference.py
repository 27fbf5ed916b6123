"""The reference of all options, generated from their classes for `docs/options.md` and the command line."""

from __future__ import annotations

from aecore.data import Dataset
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.objectives.corruptions import Corruption
from aecore.objectives.penalties import Penalty
from aecore.optim.length import Length
from aecore.optim.optimizers import Optimizer
from aecore.optim.schedules import Schedule
from aecore.optim.stopping import Stopping
from aecore.options.registry import Option, options_by_kind

#: The option families by the path of their setting in `RunConfig`.
FAMILIES: dict[str, type[Option]] = {
    "dataset": Dataset,
    "network": Network,
    "bottleneck": Bottleneck,
    "corruption": Corruption,
    "penalty": Penalty,
    "training.length": Length,
    "training.optimizer": Optimizer,
    "training.schedule": Schedule,
    "training.stopping": Stopping,
}

BEGIN, END = "<!-- options: begin -->", "<!-- options: end -->"


def options_table() -> str:
    """Format all options as a Markdown table: setting, kind, description and the option's own settings."""
    lines = ["| setting | kind | description | settings |", "|---|---|---|---|"]
    for path, family in FAMILIES.items():
        for kind, option in options_by_kind(family).items():
            settings = ", ".join(f"`{name}`" for name in option.model_fields if name != "kind")
            lines.append(f"| `{path}` | `{kind}` | {option.summary()} | {settings} |")
    return "\n".join(lines)


def with_options(document: str) -> str:
    """Replace the text between the marks `BEGIN` and `END` of a document by the current table."""
    before, rest = document.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return f"{before}{BEGIN}\n{options_table()}\n{END}{after}"
