"""Fetching a torchvision data set: under one lock, beside its final place, and moved there only when whole."""

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

from filelock import FileLock, Timeout

from aecore.errors import DataUnavailable

SECONDS_WITHOUT_ANSWER = 20
SECONDS_BETWEEN_REPORTS = 0.2


def download(
    source: Any, folder: Path, expected_bytes: int, mirror: str | None, progress: Callable[[int, int], None]
) -> None:
    """Download a torchvision data set into `folder`.

    Args:
        source: a class like `torchvision.datasets.MNIST`, with `mirrors` and a constructor `(root, download=)`.
        folder: the data folder, in torchvision's layout.
        expected_bytes: size of the compressed files in all, for the progress.
        mirror: an address to ask before the class's own mirrors.
        progress: called with the bytes that have arrived so far and the bytes in all.

    Raises:
        DataUnavailable: no mirror answered, a checksum is wrong, or the disk refuses; nothing has changed.
    """
    name = source.__name__
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            FileLock(folder / f"{name}.lock", timeout=0),
            tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as temporary,
        ):
            raw = Path(temporary) / name / "raw"
            with _answers_within(SECONDS_WITHOUT_ANSWER), _reporting(raw, expected_bytes, progress), _silence():
                _with_mirror(source, mirror)(temporary, download=True)
            for packed in raw.glob("*.gz"):
                packed.unlink()
            shutil.rmtree(folder / name, ignore_errors=True)  # what stood there did not load
            shutil.move(raw.parent, folder / name)
    except Timeout as error:
        raise DataUnavailable(f"{name} is being fetched already. Wait for it to arrive.") from error
    except (RuntimeError, URLError, OSError) as error:
        reason = _plain(error)
        raise DataUnavailable(
            f"{name} could not be fetched ({reason}). Nothing was changed. Check the network and try again, "
            f"or put the files into {folder / name / 'raw'}."
        ) from error


def _plain(error: Exception) -> str:
    """What an error says last, without Python's decoration: `<urlopen error [Errno 111] Connection refused>`."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"<urlopen error (?:\[Errno -?\d+\] )?(.*)>", r"\1", lines[-1])


def _with_mirror(source: Any, mirror: str | None) -> Any:
    """The class itself, or one of the same name (its folder is named after it) that asks `mirror` first."""
    if mirror is None:
        return source
    return type(source.__name__, (source,), {"mirrors": [mirror.rstrip("/") + "/", *source.mirrors]})


@contextmanager
def _answers_within(seconds: float) -> Iterator[None]:
    """Torchvision sets no timeout of its own: a silent network would hang for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _silence() -> Iterator[None]:
    """Torchvision draws a bar of its own for each file."""
    with open(os.devnull, "w", encoding="utf-8") as null, redirect_stderr(null):
        yield


@contextmanager
def _reporting(folder: Path, expected: int, progress: Callable[[int, int], None]) -> Iterator[None]:
    """Report the size of the packed files as they grow; torchvision tells nothing."""
    done = threading.Event()

    def arrived() -> int:
        return min(expected, sum(f.stat().st_size for f in folder.glob("*.gz")) if folder.exists() else 0)

    def report() -> None:
        while not done.wait(SECONDS_BETWEEN_REPORTS):
            progress(arrived(), expected)

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join()
        progress(arrived(), expected)
