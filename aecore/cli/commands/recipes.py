"""What can be trained: the recipes and the options."""

from __future__ import annotations

import argparse

from aecore.cli.command import Command


def _recipes(options: argparse.Namespace) -> int:
    from aecore.config.recipes import RECIPES

    width = max(map(len, RECIPES))
    for entry in RECIPES.values():
        print(f"{entry.name:<{width}}  {entry.explanation}")
    return 0


def _options(options: argparse.Namespace) -> int:
    from aecore.config.reference import options_table

    print(options_table())
    return 0


COMMANDS = (
    Command("recipes", "list the recipes", _recipes),
    Command("options", "list all settings with their defaults and bounds, as Markdown", _options),
)
