"""What one visitor asked for, waited for and saw."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

now = time.monotonic


@dataclass
class Record:
    """Counts, and times in seconds.

    `pending` has the time of the first unanswered request by what was asked for: `""` is the page, a fragment has its
    id, and an HTTP request begins with `GET`.
    """

    asked: int = 0
    answered: int = 0
    unanswered: int = 0  # when the visitor closed the page
    longest_wait: float = 0.0
    reruns: list[float] = field(default_factory=list)
    live_requests: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    pending: dict[str, float] = field(default_factory=dict)
    opened: float | None = None
    pressed_at: float | None = None
    run: str = ""
    pictures: float | None = None  # after the press, like `ended`
    ended: float | None = None
    status: str = ""

    def begin_measuring(self) -> None:
        self.asked = self.answered = 0
        self.longest_wait = 0.0
        self.reruns.clear()
        self.live_requests.clear()
        self.pressed_at = now()

    def ask(self, key: str) -> None:
        """Count a request; a wait begins unless the same was asked for before and is not yet answered."""
        self.asked += 1
        self.pending.setdefault(key, now())

    def end_wait(self, key: str) -> float | None:
        """End the wait for `key`; returns its length, or None if nobody waited."""
        asked_at = self.pending.pop(key, None)
        if asked_at is None:
            return None
        wait = now() - asked_at
        self.longest_wait = max(self.longest_wait, wait)
        return wait

    def withdraw(self, key: str) -> None:
        """Forget a request that the browser itself broke off."""
        if self.end_wait(key) is not None:
            self.asked -= 1

    def fragment_answered(self, key: str) -> None:
        self.answered += 1
        self._end_rerun(key)

    def page_answered(self) -> None:
        """The whole page contains every fragment, so that it answers all of them at once."""
        self.answered += 1
        self._end_rerun("")
        for key in [key for key in self.pending if not _is_http(key)]:
            self.end_wait(key)

    def http_answered(self, key: str) -> None:
        self.answered += 1
        self._end_http(key)

    def close(self) -> None:
        """End all waits, whose requests stay unanswered; their length up to now counts."""
        self.unanswered = len(self.pending)
        for key in list(self.pending):
            (self._end_http if _is_http(key) else self._end_rerun)(key)

    def _end_rerun(self, key: str) -> None:
        if (wait := self.end_wait(key)) is not None:
            self.reruns.append(wait)

    def _end_http(self, key: str) -> None:
        if (wait := self.end_wait(key)) is not None:
            self.live_requests.append(wait)

    def show_pictures(self) -> None:
        if self.pressed_at and self.pictures is None:
            self.pictures = now() - self.pressed_at

    def end(self, status: str) -> None:
        """The first end of the visitor's run that the page shows counts."""
        if self.pressed_at and self.ended is None:
            self.ended, self.status = now() - self.pressed_at, status
            if status != "finished":
                self.errors[f"a run ended as {status}"] += 1


def _is_http(key: str) -> bool:
    return key.startswith("GET ")
