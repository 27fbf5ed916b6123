"""Download of torchvision datasets: locked, into a temporary folder, moved into place when complete."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any
from urllib.error import URLError

from filelock import Timeout

from aecore.errors import DataUnavailable
from aecore.utils.locks import file_lock

TIMEOUT_SECONDS = 20
REPORT_INTERVAL_SECONDS = 0.2


def download(
    source: Any, folder: Path, expected_bytes: int, mirror: str | None, progress: Callable[[int, int], None]
) -> None:
    """Download a torchvision dataset into `folder`.

    Args:
        source: a class like `torchvision.datasets.MNIST`, with `mirrors` and a constructor `(root, download=)`.
        folder: the data folder, in torchvision's layout.
        expected_bytes: total size of the compressed files, for the progress.
        mirror: a URL to try before the mirrors of the class.
        progress: called with the number of bytes downloaded so far and in total.

    Raises:
        DataUnavailable: no mirror responded, a checksum is wrong, or the disk is full; nothing has changed.
    """
    name = source.__name__
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            file_lock(folder / f"{name}.lock", timeout=0),
            tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as temporary,
        ):
            raw = Path(temporary) / name / "raw"
            with _socket_timeout(TIMEOUT_SECONDS), _progress_reports(raw, expected_bytes, progress), _silenced_stderr():
                _with_mirror(source, mirror)(temporary, download=True)
            for compressed in raw.glob("*.gz"):
                compressed.unlink()
            shutil.rmtree(folder / name, ignore_errors=True)  # incomplete or damaged files
            shutil.move(raw.parent, folder / name)
    except Timeout as error:
        raise DataUnavailable(f"{name} is already being downloaded. Wait until the download has finished.") from error
    except (RuntimeError, URLError, OSError) as error:
        reason = _reason(error)
        raise DataUnavailable(
            f"{name} could not be downloaded ({reason}). Nothing was changed. Check the network and try again, "
            f"or put the files into {folder / name / 'raw'}."
        ) from error


def _reason(error: Exception) -> str:
    """Return the last line of an error, without a prefix as in `<urlopen error [Errno 111] Connection refused>`."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"<urlopen error (?:\[Errno -?\d+\] )?(.*)>", r"\1", lines[-1])


def _with_mirror(source: Any, mirror: str | None) -> Any:
    """Return the class, or a subclass that tries `mirror` first; torchvision names the folder after the class."""
    if mirror is None:
        return source
    return type(source.__name__, (source,), {"mirrors": [mirror.rstrip("/") + "/", *source.mirrors]})


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """Set a socket timeout: torchvision sets none, so an unresponsive server would block forever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _silenced_stderr() -> Iterator[None]:
    """Hide the progress bar that torchvision prints for each file."""
    with open(os.devnull, "w", encoding="utf-8") as null, redirect_stderr(null):
        yield


@contextmanager
def _progress_reports(folder: Path, expected: int, progress: Callable[[int, int], None]) -> Iterator[None]:
    """Report the growing size of the compressed files: torchvision has no progress callback."""
    done = threading.Event()

    def downloaded() -> int:
        return min(expected, sum(f.stat().st_size for f in folder.glob("*.gz")) if folder.exists() else 0)

    def report() -> None:
        while not done.wait(REPORT_INTERVAL_SECONDS):
            progress(downloaded(), expected)

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join()
        progress(downloaded(), expected)
