"""A sweep as a group of runs in the queue."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from aecore.config.run_config import RunConfig
from aecore.errors import UnreadableSweep
from aecore.runs.store import Store
from aecore.runs.sweeps.execution import run_sweep
from aecore.runs.sweeps.plan import SweepPlan
from aecore.runs.sweeps.results import sweep_results
from aecore.runs.sweeps.sweep import Sweep, SweepStore
from aecore.workers.queue import Queue
from aecore.workers.sweeps import delete_sweep, stop_sweep, submit_sweep

Wait = Callable[..., None]


def create(store: Store, base: RunConfig, **fields: Any) -> Sweep:
    return SweepStore(store).create(SweepPlan(base=base, setting="bottleneck.latent", values=(2, 4), seeds=2, **fields))


def statuses(sweep: Sweep) -> set[str]:
    return {run.status for run in sweep_results(sweep).runs}


def test_queue_and_shell_give_the_same_results(store: Store, small: RunConfig, wait_until: Wait) -> None:
    sweep, alone = create(store, small, owner="ann"), create(store, small)
    with Queue(store, slots=1) as queue:
        submit_sweep(queue, sweep)
        assert [(run.state().owner, run.state().sweep) for run in sweep.runs()] == [("ann", sweep.id)] * 4
        wait_until(lambda: statuses(sweep) == {"finished"})
    for _ in run_sweep(alone):
        pass
    rows = [[(r.value, r.seed, r.scores, r.pca) for r in sweep_results(s).runs] for s in (sweep, alone)]
    assert rows[0] == rows[1]


def test_runs_are_queued_in_the_order_of_the_plan(store: Store, small: RunConfig) -> None:
    leader = Queue(store, slots=1)
    leader.close()  # nobody trains
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Queue, "_acquire_leadership", lambda queue: False)
        with Queue(store, slots=1) as queue:
            sweep = create(store, small, max_seconds=60.0)
            submit_sweep(queue, sweep)
            assert [run.id for run in queue.queued()] == [run.id for run in sweep.runs()]
            assert {run.state().max_seconds for run in sweep.runs()} == {60.0}
            assert [queue.position(run) for run in sweep.runs()] == [None, 1, 2, 3]
            stop_sweep(sweep)
            assert statuses(sweep) == {"stopped"}
            assert sweep_results(sweep).status == "stopped"
            submit_sweep(queue, sweep)
            assert statuses(sweep) == {"queued"}
            delete_sweep(store, sweep)
            assert store.runs() == queue.queued() == []
            with pytest.raises(UnreadableSweep, match="was deleted"):
                submit_sweep(queue, sweep)


def test_a_sweep_in_training_is_stopped_continued_and_deleted(
    store: Store, endless: RunConfig, wait_until: Wait, is_running: Callable[[int], bool]
) -> None:
    sweep = create(store, endless)
    other = store.create(endless)
    with Queue(store, slots=1) as queue:
        submit_sweep(queue, sweep)
        first, *waiting = sweep.runs()
        wait_until(lambda: first.model_step())
        assert {run.state().status for run in waiting} == {"queued"}, "one after the other"
        stop_sweep(sweep)
        wait_until(lambda: statuses(sweep) == {"stopped"})
        step = first.model_step()
        assert other.state().active, "other runs go on"
        submit_sweep(queue, sweep)
        wait_until(lambda: first.model_step() > step)
        worker, step = first.state().pid, first.model_step()
        os.kill(worker, signal.SIGKILL)  # the next worker continues its runs
        wait_until(lambda: not is_running(worker))
        wait_until(lambda: first.model_step() > step and statuses(sweep) == {"training", "queued"})
        delete_sweep(store, sweep)
        queue.delete(other)
    assert store.runs() == []
    assert SweepStore(store).sweeps() == []
    assert [path for path in store.root.rglob("*") if sweep.id in path.name] == []


def test_the_shell_takes_over_what_is_queued(store: Store, small: RunConfig) -> None:
    sweep = create(store, small)
    for member in sweep.plan().members:
        sweep.create_run(member)
    for _ in run_sweep(sweep):
        pass
    assert statuses(sweep) == {"finished"}
