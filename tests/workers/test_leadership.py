"""One queue per store starts workers, on any file system, and one that cannot says why."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from aecore.runs.store import Store
from aecore.utils import locks
from aecore.workers import queue
from aecore.workers.queue import Queue

fcntl = pytest.importorskip("fcntl")

Refuse = Callable[[int], None]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """`refuse(errno.EIO)`: the file system refuses all locks with this error from now on; with 0, it grants them."""
    monkeypatch.setattr(Queue, "_start_worker", lambda queue: None)
    monkeypatch.setattr(queue, "SECONDS_AFTER_ERROR", 0.01)
    monkeypatch.setattr(locks, "_by_device", {})
    flock = fcntl.flock

    def refuse(code: int) -> None:
        def refused(*_: object) -> None:
            raise OSError(code, "Refused")

        monkeypatch.setattr(fcntl, "flock", refused if code else flock)

    return refuse


@pytest.mark.parametrize("code", [0, errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EIO])
def test_one_of_two_queues_leads(store: Store, refuse: Refuse, code: int, wait_until: Callable[..., None]) -> None:
    refuse(code)
    with Queue(store) as first, Queue(store) as second:
        wait_until(lambda: first.leads or second.leads, 5)
        leader, other = (first, second) if first.leads else (second, first)
        assert (other.leads, other.problem) == (False, None)
        leader.close()
        wait_until(lambda: other.leads, 5)


def test_a_queue_that_cannot_lead_says_why(store: Store, refuse: Refuse, wait_until: Callable[..., None]) -> None:
    with Queue(store) as first:
        wait_until(lambda: first.leads)
        with Queue(store) as second:
            refuse(errno.EIO)
            wait_until(lambda: second.problem, 5)
            assert second.problem.startswith(f"Cannot write to {store.root}: refused.")
            refuse(0)
            wait_until(lambda: not second.problem, 5)
            assert not second.leads
