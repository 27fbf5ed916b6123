"""The command lines of the benchmarks: their names in the help, and values that are rejected with a sentence."""

from __future__ import annotations

import argparse
import math
import sys

from aecore.data import Dataset
from aecore.options.registry import options_by_kind


def argument_parser(description: str) -> argparse.ArgumentParser:
    """A parser that calls the program as it was started: python -m benchmarks.versus_loop"""
    spec = sys.modules["__main__"].__spec__
    prog = f"python -m {spec.name.removesuffix('.__main__')}" if spec else None
    return argparse.ArgumentParser(prog, description=description, formatter_class=argparse.RawDescriptionHelpFormatter)


def count(text: str) -> int:
    """A number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


def positive(text: str) -> float:
    """A positive number."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return value


def dataset_kind(text: str) -> str:
    """The kind of a dataset that is on this machine."""
    options = options_by_kind(Dataset)
    if text not in options:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(sorted(options))}")
    dataset = options[text].model_validate({})
    if not dataset.available():
        raise argparse.ArgumentTypeError(dataset.unavailable_message())
    return text
