"""The teacher's key: a visitor who has entered `AECORE_ADMIN_KEY` may change all runs."""

from __future__ import annotations

import hmac
import threading
import time

from aecore.utils.settings import settings

SECONDS_OPEN = 12 * 3600  # then the key has to be entered again
SECONDS_PER_WRONG_KEY = 2.0
MAX_CHECKS = 4  # keys that are checked at the same time, which limits how fast anyone can guess
SECONDS_TO_CHECK = 10.0

_open_until: dict[str, float] = {}  # by owner
_checks = threading.BoundedSemaphore(MAX_CHECKS)


def is_open_for(owner: str) -> bool:
    """Whether the visitor has entered the key."""
    return _open_until.get(owner, 0.0) > time.monotonic()


def enter(owner: str, key: str) -> str | None:
    """Check a key; return why it was refused, after a delay that blocks this visitor only."""
    expected = settings().admin_key
    if not _checks.acquire(timeout=SECONDS_TO_CHECK):
        return "Too many keys are being checked. Try again in a few seconds."
    try:
        if expected and hmac.compare_digest(key.encode(), expected.encode()):
            _open_until[owner] = time.monotonic() + SECONDS_OPEN
            return None
        time.sleep(SECONDS_PER_WRONG_KEY)
    finally:
        _checks.release()
    return "This key is wrong."


def leave(owner: str) -> None:
    """Forget that the visitor has entered the key."""
    _open_until.pop(owner, None)
