"""Downloads from a local server, with small files and their own checksums."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aecore.cli import main
from aecore.data import Mnist
from aecore.data.torchvision import downloads
from aecore.data.torchvision.compat import torchvision_datasets
from aecore.data.torchvision.downloads import download
from aecore.errors import DataUnavailable

COUNTS = {"train": 40, "t10k": 20}


def idx(array: np.ndarray) -> bytes:
    """MNIST's file format: a magic number with type and dimensions, the sizes, the bytes."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


class Server(http.server.ThreadingHTTPServer):
    """Serves one folder; each response waits for `responding`."""

    def __init__(self, folder: Path) -> None:
        self.responding = threading.Event()
        self.responding.set()
        self.requested = threading.Event()
        server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args: Any) -> None:
                super().__init__(*args, directory=str(folder))

            def do_GET(self) -> None:
                server.requested.set()
                server.responding.wait(30)
                super().do_GET()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


@pytest.fixture
def served_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for part, count in COUNTS.items():
        images = generator.integers(0, 256, (count, 28, 28))
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.arange(count) % 10)))
    return folder


@pytest.fixture
def server(served_folder: Path) -> Iterator[Server]:
    with Server(served_folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def size(served_folder: Path) -> int:
    return sum(file.stat().st_size for file in served_folder.iterdir())


@pytest.fixture
def source(served_folder: Path, server: Server) -> type:
    """torchvision's MNIST with the small files' checksums, with the local server as mirror."""
    resources = [(file.name, hashlib.md5(file.read_bytes()).hexdigest()) for file in sorted(served_folder.iterdir())]
    return type("MNIST", (torchvision_datasets().MNIST,), {"resources": resources, "mirrors": [server.url]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a damaged dataset and another file."""
    (tmp_path / "data" / "MNIST" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "MNIST" / "raw" / "train-images-idx3-ubyte").write_bytes(b"truncated")
    (tmp_path / "data" / "other").write_bytes(b"mine")
    return tmp_path / "data"


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock")
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def ignore_progress(done: int, total: int) -> None:
    pass


def test_download_replaces_damaged_files(source: type, folder: Path, size: int) -> None:
    reports: list[tuple[int, int]] = []
    download(source, folder, size, None, lambda done, total: reports.append((done, total)))
    assert reports[-1] == (size, size)
    assert sorted(reports) == reports
    assert len(source(folder, train=True)) == COUNTS["train"]
    assert len(source(folder, train=False)) == COUNTS["t10k"]
    assert contents(folder).keys() == {"other"} | {f"MNIST/raw/{Path(name).stem}" for name, _ in source.resources}


def test_tries_the_given_mirror_first(source: type, folder: Path, size: int, server: Server) -> None:
    source.mirrors = ["http://127.0.0.1:9/"]  # the discard port: no server
    download(source, folder, size, server.url.rstrip("/"), ignore_progress)
    assert len(source(folder)) == COUNTS["train"]


def wrong_checksum(source: Any, server: Server) -> None:
    source.resources = [(name, "0" * 32) for name, _ in source.resources]


def missing_file(source: Any, server: Server) -> None:
    source.resources = [*source.resources[:3], ("missing.gz", "0" * 32)]


def no_server(source: Any, server: Server) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        source.mirrors = [f"http://127.0.0.1:{free.getsockname()[1]}/"]


def no_response(source: Any, server: Server) -> None:
    server.responding.clear()


@pytest.mark.parametrize("cause_failure", [wrong_checksum, missing_file, no_server, no_response])
def test_failed_download_changes_nothing(
    cause_failure: Callable[..., None],
    source: type,
    server: Server,
    folder: Path,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads, "TIMEOUT_SECONDS", 0.3)
    before, timeout = contents(folder), socket.getdefaulttimeout()
    cause_failure(source, server)
    with pytest.raises(
        DataUnavailable, match=r"^MNIST could not be downloaded \(.+\)\. Nothing was changed\."
    ) as caught:
        download(source, folder, size, None, ignore_progress)
    server.responding.set()
    assert "\n" not in str(caught.value)
    assert contents(folder) == before
    assert not list(folder.glob(".*")), "no temporary file is left"
    assert socket.getdefaulttimeout() == timeout


def test_rejects_a_second_download_at_the_same_time(source: type, server: Server, folder: Path, size: int) -> None:
    server.responding.clear()
    first = threading.Thread(target=download, args=(source, folder, size, None, ignore_progress))
    first.start()
    try:
        assert server.requested.wait(10)
        with pytest.raises(DataUnavailable, match="already being downloaded"):
            download(source, folder, size, None, ignore_progress)
    finally:
        server.responding.set()
        first.join(30)
    assert len(source(folder)) == COUNTS["train"], "the first download succeeds"


def test_rejects_a_folder_that_cannot_be_written(source: type, tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataUnavailable, match="could not be downloaded"):
        download(source, tmp_path / "file" / "data", size, None, ignore_progress)


@pytest.fixture
def public(source: Any, folder: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every download of MNIST gets the small files."""
    monkeypatch.setattr(torchvision_datasets(), "MNIST", source)
    monkeypatch.setattr(Mnist, "download_bytes", size)
    monkeypatch.setenv("AECORE_DATA", str(folder))


@pytest.mark.usefixtures("public")
def test_fetch_makes_a_dataset_available() -> None:
    dataset = Mnist(images=30, validation=10)
    assert not dataset.available()
    dataset.fetch(ignore_progress)
    assert dataset.available()
    data = dataset.load()
    assert (len(data.training), len(data.validation), len(data.test)) == (30, 10, 20)
    dataset.fetch(lambda done, total: pytest.fail("an available dataset is not downloaded again"))


@pytest.mark.usefixtures("public")
def test_fetch_from_the_command_line(capsys: pytest.CaptureFixture[str], size: int, server: Server) -> None:
    assert main(["fetch", "mnist", "--json"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f'{{"done": {size}, "total": {size}}}'
    assert main(["fetch", "mnist"]) == 0


@pytest.mark.usefixtures("public")
def test_failed_fetch_on_the_command_line_prints_one_line(source: Any, capsys: pytest.CaptureFixture[str]) -> None:
    no_server(source, None)
    assert main(["fetch", "mnist", "--json"]) == 1
    captured = capsys.readouterr().err
    assert captured.count("\n") == 1
    assert captured.startswith("aecore: MNIST could not be downloaded")
