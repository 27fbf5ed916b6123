"""Texts that somebody else has set, on one line."""

from __future__ import annotations

import re

# Control characters, which a terminal obeys; characters that turn the direction of the text behind them; and halves of
# surrogate pairs, which cannot be written.
_UNSAFE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(text: str) -> str:
    """Return a text on one line, without characters that change what is shown around it."""
    return " ".join(_UNSAFE.sub("", text).split())
