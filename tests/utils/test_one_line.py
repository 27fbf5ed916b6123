"""Texts of others are shown on one line, without what changes the rest of the line."""

from __future__ import annotations

import pytest

from aecore.runs.files.state import State
from aecore.utils.one_line import one_line


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  a \r\n\x85\u2028 b ", "a b"),
        ("\x1b[31mred\x07", "[31mred"),
        ("abc\u202egpj.exe\u2066", "abcgpj.exe"),
        ("a\0b\ud800", "ab"),
        ("שלום é 日本 👩‍💻", "שלום é 日本 👩‍💻"),
    ],
)
def test_one_line(given: str, shown: str) -> None:
    assert one_line(given) == shown


def test_the_name_of_a_stored_run_is_one_line() -> None:
    assert State.read(b'{"status": "finished", "name": "a\\n\\u001b[2Jb"}').name == "a [2Jb"
