"""The commands, one file per group: each defines `COMMANDS`, in the order of `--help`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from aecore.cli.command import Command


@cache
def all_commands() -> dict[str, Command]:
    """Return the commands of all files in this folder by their names."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return {command.name: command for module in modules for command in module.COMMANDS}
