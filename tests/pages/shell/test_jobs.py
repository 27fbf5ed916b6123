"""Background jobs always end, with a result or a message."""

from __future__ import annotations

import threading

import pytest

from pages.parts.shell import jobs
from pages.parts.shell.jobs import UNEXPECTED_END, Job

PRINTS = {
    "reports": ('print(\'{"done": 3, "total": 4}\')', None, 0.75),
    "a message": ('import sys; sys.exit("aecore: The disk is full.")', "The disk is full.", 0),
    "a crash": ("1 / 0", UNEXPECTED_END, 0),
    "no JSON": ("print('hello')", UNEXPECTED_END, 0),
    "a number": ("print(50)", UNEXPECTED_END, 0),
    "another object": ("print('{}')", UNEXPECTED_END, 0),
    "a lot of standard error": ("import sys; sys.stderr.write('x' * 300_000)", None, 0),
}


@pytest.mark.parametrize("name", PRINTS)
def test_every_command_ends(name, tmp_path, monkeypatch):
    code, problem, share = PRINTS[name]
    (tmp_path / "scribe.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    job = Job(["scribe"])
    job.run(None)
    assert (job.running, job.problem, job.share) == (False, problem, share)


def test_a_heavy_job_waits_for_a_slot(tmp_path, monkeypatch, wait_until):
    (tmp_path / "scribe.py").write_text(PRINTS["reports"][0])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    slots, job = threading.Semaphore(0), Job(["scribe"])
    threading.Thread(target=job.run, args=(slots,), daemon=True).start()
    wait_until(lambda: job.waits)
    assert (job.running, job.total) == (True, 0)
    slots.release()
    wait_until(lambda: not job.running)
    assert (job.waits, job.total) == (False, 4)


@pytest.mark.parametrize(
    ("starts", "withdrawals", "begins"),
    [(1, 0, True), (1, 1, False), (2, 1, True), (2, 2, False), (1, 3, False)],
)
def test_a_job_that_no_session_wants_does_not_begin(
    starts, withdrawals, begins, tmp_path, monkeypatch, wait_until
) -> None:
    (tmp_path / "scribe.py").write_text(PRINTS["reports"][0])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(jobs._jobs(), "slots", threading.Semaphore(0))
    name = f"wanted-{starts}-{withdrawals}"
    for _ in range(starts):
        jobs.start(name, ["scribe"], heavy=True)
    waiting = jobs.job(name)
    wait_until(lambda: waiting.waits)
    assert [jobs.withdraw(name) for _ in range(withdrawals)] == [i < starts for i in range(withdrawals)]
    jobs._jobs().slots.release()
    wait_until(lambda: not waiting.running)
    assert waiting.total == (4 if begins else 0)
    assert not jobs.withdraw(name), "it ended"


def test_a_withdrawn_job_can_be_requested_again(tmp_path, monkeypatch, wait_until) -> None:
    (tmp_path / "scribe.py").write_text(PRINTS["reports"][0])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(jobs._jobs(), "slots", threading.Semaphore(0))
    jobs.start("again", ["scribe"], heavy=True)
    first = jobs.job("again")
    wait_until(lambda: first.waits)
    assert jobs.withdraw("again")
    jobs.start("again", ["scribe"], heavy=True)
    second = jobs.job("again")
    jobs._jobs().slots.release(2)
    wait_until(lambda: not first.running and not second.running)
    assert (first.total, second.total) == (0, 4)
