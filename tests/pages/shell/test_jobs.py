"""Background jobs always end, with a result or a message."""

from __future__ import annotations

import threading

import pytest

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
