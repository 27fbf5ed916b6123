"""The table of all options, generated from their classes; the README contains a copy."""

from __future__ import annotations

from aecore.data import Dataset
from aecore.models.bottlenecks import Bottleneck
from aecore.models.networks import Network
from aecore.objectives.corruptions import Corruption
from aecore.objectives.penalties import Penalty
from aecore.optim.optimizers import Optimizer
from aecore.optim.schedules import Schedule
from aecore.optim.stopping import Stopping
from aecore.options.registry import Option, kinds

#: The option families by the path of their setting in `RunConfig`.
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
    """Return a Markdown table of all options: setting, kind, description and the option's own settings."""
    lines = ["| setting | kind | description | settings |", "|---|---|---|---|"]
    for path, family in FAMILIES.items():
        for kind, option in kinds(family).items():
            settings = ", ".join(f"`{name}`" for name in option.model_fields if name != "kind")
            lines.append(f"| `{path}` | `{kind}` | {option.summary()} | {settings} |")
    return "\n".join(lines)


def with_options(readme: str) -> str:
    """Return the README with the table between its markers replaced by the current one."""
    before, rest = readme.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return f"{before}{BEGIN}\n{options_table()}\n{END}{after}"
