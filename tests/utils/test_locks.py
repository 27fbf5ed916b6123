from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import Timeout

from aecore.config.run_config import RunConfig
from aecore.runs.store import Store
from aecore.utils import locks
from aecore.utils.locks import file_lock

fcntl = pytest.importorskip("fcntl")

#: Takes the lock, says so, and waits.
HOLD = """
import sys, fcntl
from pathlib import Path
from aecore.utils.locks import file_lock
if error := int(sys.argv[2]):
    def refuse(*_):
        raise OSError(error, "refused")
    fcntl.flock = refuse
with file_lock(Path(sys.argv[1])):
    print("held", flush=True)
    input()
"""


@pytest.fixture(
    params=[0, errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EACCES, errno.EIO, errno.EINVAL],
    ids=["locks", "ENOLCK", "ENOTSUP", "ENOSYS", "EACCES", "EIO", "EINVAL"],
)
def error(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The error of a file system without locks, which this process gets; 0 for one that has them."""
    if request.param:

        def refuse(*_: object) -> None:
            raise OSError(request.param, "refused")

        monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(locks, "_by_device", {})
    return request.param


def test_one_process_at_a_time_holds_a_lock_and_its_death_releases_it(tmp_path: Path, error: int) -> None:
    path = tmp_path / ".queue"
    command = [sys.executable, "-c", HOLD, str(path), str(error)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Timeout):
            file_lock(path, 0).acquire()
        other.kill()
        other.wait()
        with file_lock(path, 5), pytest.raises(Timeout):
            file_lock(path, 0).acquire()
    with file_lock(path, 0):
        pass
    assert {file.name for file in tmp_path.iterdir()} <= {".queue"}, "nothing is left of the attempts"


def test_one_process_at_a_time_changes_or_trains_a_run(store: Store, small: RunConfig, error: int) -> None:
    run = store.create(small)
    assert run.change_state(name="Renamed").name == "Renamed"
    with run.training_lock(0), pytest.raises(Timeout), run.training_lock(0):
        pass
