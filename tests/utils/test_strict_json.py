from __future__ import annotations

import json
import math
from typing import Any

import pytest

from aecore.utils.strict_json import to_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (math.inf, "null"),
        (-math.inf, "null"),
        (math.nan, "null"),
        ({"train": {"loss": math.nan, "kl": 1.5}}, '{"train": {"loss": null, "kl": 1.5}}'),
        ([1, (2.0, math.inf)], "[1, [2.0, null]]"),
        ({"a": True, "b": None, "c": "NaN"}, '{"a": true, "b": null, "c": "NaN"}'),
    ],
)
def test_numbers_that_are_not_finite_are_null(value: Any, text: str) -> None:
    assert to_json(value) == text
    assert json.loads(to_json(value, indent=2)) == json.loads(text)
