"""The values of a setting as a text: `2, 4, 8`, `dense, conv` or `[128, 64], [256]`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from aecore.utils.strict_json import to_json


def parse_values(text: str) -> tuple[Any, ...]:
    """Return the values that commas separate: JSON where it is JSON (numbers, lists, null), otherwise texts."""
    text = text.strip().removesuffix(",")
    try:
        return tuple(json.loads(f"[{text}]"))
    except ValueError:
        return tuple(parse_value(value.strip()) for value in text.split(","))


def parse_value(text: str) -> Any:
    """Return a value from JSON, or from a list such as `128,64`; other text stays text."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return json.loads(f"[{text}]") if "," in text else text
    except ValueError:
        return text


def values_text(values: Iterable[Any]) -> str:
    """Return the text from which `parse_values` reads these values."""
    return ", ".join(value if isinstance(value, str) else to_json(value) for value in values)
