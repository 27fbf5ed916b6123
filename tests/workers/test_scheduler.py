"""The scheduler: whose turn it is, with trainings that take a set time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableRun
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.workers import run_lock, scheduler
from aecore.workers.scheduler import Scheduler, Steps

STEP_SECONDS = 0.1


class Clock:
    """A clock that only trainings advance."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


class Trainings:
    """Trainings of runs in a store, each of which takes some steps of `STEP_SECONDS`."""

    def __init__(self, store: Store, config: RunConfig, clock: Clock) -> None:
        self.store, self.config, self.clock = store, config, clock
        self.steps_left: dict[str, int] = {}
        self.trained: list[str] = []  # ids by step
        self.marked: list[str] = []
        self.ended: list[str] = []
        self.cancelled = False
        self.scheduler = Scheduler(self._execute, self.marked.append, self.ended.append)

    def add(self, steps: int = 1000, owner: str | None = None, **state: object) -> Run:
        run = self.store.create(self.config, owner=owner)
        run.change_state(**state)
        self.steps_left[run.id] = steps
        self.scheduler.add(run)
        return run

    def train(self, slices: int) -> list[str]:
        """Train some slices; the ids of the runs that were trained, one for each step."""
        self.trained.clear()
        for _ in range(slices):
            self.scheduler.train_slice()
        return self.trained.copy()

    def _execute(self, run: Run) -> Steps:
        while self.steps_left[run.id] > 0:
            if self.cancelled or run.stop_requested:
                break
            self.steps_left[run.id] -= 1
            self.trained.append(run.id)
            self.clock.now += STEP_SECONDS
            yield None
        return run.state()


@pytest.fixture
def trainings(store: Store, small: RunConfig, monkeypatch: pytest.MonkeyPatch) -> Trainings:
    clock = Clock()
    for module in (scheduler, run_lock):
        monkeypatch.setattr(module, "time", clock)
    return Trainings(store, small, clock)


def test_a_run_alone_is_trained_without_pause_until_its_end(trainings: Trainings) -> None:
    run = trainings.add(steps=7)
    assert trainings.train(3) == [run.id] * 7
    assert trainings.ended == [run.id]
    assert trainings.marked[-1] == ""
    assert len(trainings.scheduler) == 0
    assert not trainings.scheduler.train_slice()


def test_first_pictures_come_first(trainings: Trainings) -> None:
    old = trainings.add()
    trainings.train(5)
    new = [trainings.add(owner=str(i)).id for i in range(4)]
    assert trainings.train(4)[:3] == new[:3], "one step each"
    assert old.id not in trainings.trained
    assert set(trainings.trained) == set(new)


@pytest.mark.parametrize(
    ("owners", "shares"),
    [
        (["a", "b", "c"], {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}),
        (["a", "a", "a", "b"], {"a": 1 / 2, "b": 1 / 2}),
        ([None, None, "b"], {None: 1 / 2, "b": 1 / 2}),
    ],
)
def test_owners_share_the_time_equally(trainings: Trainings, owners: list[str], shares: dict[str, float]) -> None:
    ids = {trainings.add(owner=owner).id: owner for owner in owners}
    trained = trainings.train(90)
    counts = Counter(ids[run_id] for run_id in trained)
    assert {owner: n / len(trained) for owner, n in counts.items()} == pytest.approx(shares, abs=0.03)
    for owner in set(owners):
        own = [count for run_id, count in Counter(trained).items() if ids[run_id] == owner]
        assert max(own) - min(own) <= 6, "the runs of one owner share its time equally"


def test_the_runs_of_a_sweep_are_trained_one_after_the_other_and_count_as_one(trainings: Trainings) -> None:
    members = sorted(trainings.add(steps=12, owner="a", sweep="sweep-1").id for _ in range(3))
    alone, other = trainings.add(owner="a").id, trainings.add(owner="b").id
    trained = trainings.train(60)
    assert [run_id for run_id in trained if run_id in members] == [i for i in members for _ in range(12)]
    until_end = Counter(trained[: len(trained) - trained[::-1].index(members[-1])])
    assert until_end[alone] == pytest.approx(36, abs=6)
    assert until_end[other] == pytest.approx(72, abs=9)


@pytest.mark.parametrize("owner", ["old", "new"])
def test_a_later_run_neither_waits_nor_displaces_the_others(trainings: Trainings, owner: str) -> None:
    old = trainings.add(owner="old")
    trainings.train(100)
    new = trainings.add(owner=owner)
    counts = Counter(trainings.train(40))
    assert counts[old.id] == pytest.approx(counts[new.id], abs=6)


def test_a_stop_takes_effect_in_the_next_slice(trainings: Trainings) -> None:
    runs = [trainings.add(owner=str(i)) for i in range(6)]
    trainings.train(20)
    runs[4].request_stop()
    assert trainings.train(1) == []
    assert trainings.ended == [runs[4].id]


def test_the_run_of_each_slice_is_marked(trainings: Trainings) -> None:
    for i in range(3):
        trainings.add(owner=str(i))
    for _ in range(9):
        assert set(trainings.train(1)) == {trainings.marked[-1]}


def test_a_run_that_a_worker_died_of_waits_for_the_first_pictures_of_others(trainings: Trainings) -> None:
    suspect = trainings.add(owner="a", crash_step=0)
    others = [trainings.add(owner=str(i)).id for i in range(3)]
    assert suspect.id not in trainings.train(3)
    assert set(trainings.trained) == set(others)
    assert suspect.id in trainings.train(4)


def test_a_run_held_by_another_process_is_tried_again(trainings: Trainings) -> None:
    held, other = trainings.add(owner="a"), trainings.add(owner="b")
    with held.training_lock():
        assert set(trainings.train(4)) == {other.id}
    trainings.clock.now += run_lock.SECONDS_BETWEEN_TRIES
    assert held.id in trainings.train(2)


DISAPPEARING: dict[str, Callable[[Trainings, Run], object]] = {
    "before it is added": lambda trainings, run: trainings.store.delete(run),
    "before its first step": lambda trainings, run: (trainings.scheduler.add(run), trainings.store.delete(run)),
}


@pytest.mark.parametrize("when", DISAPPEARING)
def test_a_deleted_run_is_left_out(trainings: Trainings, when: str) -> None:
    run = trainings.store.create(trainings.config)
    trainings.steps_left[run.id] = 5
    DISAPPEARING[when](trainings, run)
    if when == "before it is added":
        trainings.scheduler.add(run)
    assert trainings.train(1) == []
    assert trainings.ended == [run.id]
    with pytest.raises(UnreadableRun):
        run.state()


def test_closing_ends_runs_that_have_begun(trainings: Trainings) -> None:
    begun, waiting = trainings.add(owner="a"), trainings.add(owner="b")
    trainings.train(1)
    trainings.cancelled = True
    trainings.scheduler.close()
    assert trainings.ended == [begun.id]
    assert len(trainings.scheduler) == 0
    with begun.training_lock(0), waiting.training_lock(0):
        pass
