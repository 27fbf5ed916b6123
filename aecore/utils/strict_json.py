"""JSON as RFC 8259 defines it: Python's own writes `NaN` and `Infinity`, which other programs refuse to read."""

from __future__ import annotations

import json
import math
from typing import Any


def to_json(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON, with null for each number that is not finite.

    Args:
        value: numbers, texts, booleans and None, in dicts, lists and tuples.
        indent: number of spaces per level; None for one line.
    """
    return json.dumps(_finite(value), indent=indent, allow_nan=False)  # noqa: TID251


def read_json(content: bytes | str) -> Any:
    """Parse JSON.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
