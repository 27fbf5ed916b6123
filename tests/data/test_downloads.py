"""Real downloads from a server on this machine, with small files under their own checksums."""

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
from aecore.data import Mnist, downloads
from aecore.data.downloads import download
from aecore.data.torchvision_compat import torchvision_datasets
from aecore.errors import DataUnavailable

COUNTS = {"train": 40, "t10k": 20}


def idx(array: np.ndarray) -> bytes:
    """The file format of MNIST's pages: a magic number with type and dimensions, the sizes, the bytes."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


class Server(http.server.ThreadingHTTPServer):
    """Serves one folder; each answer waits for `open`."""

    def __init__(self, folder: Path) -> None:
        self.open = threading.Event()
        self.open.set()
        self.asked = threading.Event()
        server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args: Any) -> None:
                super().__init__(*args, directory=str(folder))

            def do_GET(self) -> None:
                server.asked.set()
                server.open.wait(30)
                super().do_GET()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


@pytest.fixture
def served(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for part, count in COUNTS.items():
        images = generator.integers(0, 256, (count, 28, 28))
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.arange(count) % 10)))
    return folder


@pytest.fixture
def server(served: Path) -> Iterator[Server]:
    with Server(served) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def size(served: Path) -> int:
    return sum(file.stat().st_size for file in served.iterdir())


@pytest.fixture
def source(served: Path, server: Server) -> type:
    """torchvision's MNIST with the small files' checksums, asking the local server."""
    resources = [(file.name, hashlib.md5(file.read_bytes()).hexdigest()) for file in sorted(served.iterdir())]
    return type("MNIST", (torchvision_datasets().MNIST,), {"resources": resources, "mirrors": [server.address]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder in which something stands already."""
    (tmp_path / "data" / "MNIST" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "MNIST" / "raw" / "train-images-idx3-ubyte").write_bytes(b"torn")
    (tmp_path / "data" / "other").write_bytes(b"mine")
    return tmp_path / "data"


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock")
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def nothing(done: int, total: int) -> None:
    """A progress that nobody looks at."""


def test_a_download_replaces_what_did_not_load(source: type, folder: Path, size: int) -> None:
    seen: list[tuple[int, int]] = []
    download(source, folder, size, None, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (size, size)
    assert sorted(seen) == seen
    assert len(source(folder, train=True)) == COUNTS["train"]
    assert len(source(folder, train=False)) == COUNTS["t10k"]
    assert contents(folder).keys() == {"other"} | {f"MNIST/raw/{Path(name).stem}" for name, _ in source.resources}


def test_a_mirror_is_asked_first(source: type, folder: Path, size: int, server: Server) -> None:
    source.mirrors = ["http://127.0.0.1:9/"]  # nobody answers at "discard"
    download(source, folder, size, server.address.rstrip("/"), nothing)
    assert len(source(folder)) == COUNTS["train"]


def wrong_checksum(source: Any, server: Server) -> None:
    source.resources = [(name, "0" * 32) for name, _ in source.resources]


def torn_file(source: Any, server: Server) -> None:
    source.resources = [*source.resources[:3], ("missing.gz", "0" * 32)]


def refused(source: Any, server: Server) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        source.mirrors = [f"http://127.0.0.1:{free.getsockname()[1]}/"]


def silent(source: Any, server: Server) -> None:
    server.open.clear()


@pytest.mark.parametrize("trouble", [wrong_checksum, torn_file, refused, silent])
def test_a_failed_download_changes_nothing(
    trouble: Callable[..., None],
    source: type,
    server: Server,
    folder: Path,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads, "SECONDS_WITHOUT_ANSWER", 0.3)
    before, timeout = contents(folder), socket.getdefaulttimeout()
    trouble(source, server)
    with pytest.raises(DataUnavailable, match=r"^MNIST could not be fetched \(.+\)\. Nothing was changed\.") as told:
        download(source, folder, size, None, nothing)
    server.open.set()
    assert "\n" not in str(told.value)
    assert contents(folder) == before
    assert not list(folder.glob(".*")), "no half of a download is left"
    assert socket.getdefaulttimeout() == timeout


def test_a_second_fetch_at_once_is_refused(source: type, server: Server, folder: Path, size: int) -> None:
    server.open.clear()
    first = threading.Thread(target=download, args=(source, folder, size, None, nothing))
    first.start()
    try:
        assert server.asked.wait(10)
        with pytest.raises(DataUnavailable, match="being fetched already"):
            download(source, folder, size, None, nothing)
    finally:
        server.open.set()
        first.join(30)
    assert len(source(folder)) == COUNTS["train"], "the first one arrives all the same"


def test_a_folder_that_cannot_be_written_is_told(source: type, tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataUnavailable, match="could not be fetched"):
        download(source, tmp_path / "file" / "data", size, None, nothing)


@pytest.fixture
def public(source: Any, folder: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything asks for the small files, as if they were the public ones."""
    monkeypatch.setattr(torchvision_datasets(), "MNIST", source)
    monkeypatch.setattr(Mnist, "download_bytes", size)
    monkeypatch.setenv("AECORE_DATA", str(folder))


@pytest.mark.usefixtures("public")
def test_fetching_a_data_set_makes_it_available() -> None:
    dataset = Mnist(images=30, validation=10)
    assert not dataset.available()
    dataset.fetch(nothing)
    assert dataset.available()
    data = dataset.load()
    assert (len(data.training), len(data.validation), len(data.test)) == (30, 10, 20)
    dataset.fetch(lambda done, total: pytest.fail("what is there is not fetched again"))


@pytest.mark.usefixtures("public")
def test_fetching_from_the_shell(capsys: pytest.CaptureFixture[str], size: int, server: Server) -> None:
    assert main(["fetch", "mnist", "--json"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f'{{"done": {size}, "total": {size}}}'
    assert main(["fetch", "mnist"]) == 0


@pytest.mark.usefixtures("public")
def test_a_failed_fetch_in_the_shell_is_one_line(source: Any, capsys: pytest.CaptureFixture[str]) -> None:
    refused(source, None)
    assert main(["fetch", "mnist", "--json"]) == 1
    captured = capsys.readouterr().err
    assert captured.count("\n") == 1
    assert captured.startswith("aecore: MNIST could not be fetched")
