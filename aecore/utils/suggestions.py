"""The name that was probably meant by one that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(given: str, possible: Iterable[str]) -> str:
    """Return ` Did you mean quick-start?` for a misspelled name, or an empty string if none is close."""
    found = closest(given, possible)
    return f" Did you mean {found}?" if found else ""


def closest(given: str, possible: Iterable[str], similarity: float = 0.6) -> str | None:
    """Return the most similar name, whatever its case and its separators.

    Args:
        given: the name that does not exist.
        possible: the names that do.
        similarity: the lowest that counts, from 0 to 1; see `difflib.SequenceMatcher.ratio`.

    Returns:
        The name, or None if none is similar enough.
    """
    plain = {_plain(name): name for name in possible}
    matches = difflib.get_close_matches(_plain(given), plain, n=1, cutoff=similarity)
    return plain[matches[0]] if matches else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")
