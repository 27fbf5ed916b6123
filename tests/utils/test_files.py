from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from aecore.utils.files import create_folder_atomically, remove_file, remove_folder, replace_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.json"
    replace_file(path, b"old")
    return path


@pytest.mark.parametrize("durable", [True, False])
def test_replaces_the_content(file: Path, durable: bool) -> None:
    replace_file(file, b"new", durable)
    assert file.read_bytes() == b"new"
    assert os.listdir(file.parent) == [file.name]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failed_write_leaves_the_old_content(file: Path, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="No space"):
        replace_file(file, b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(file.parent) == [file.name], "no temporary file is left"


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`refuse(os, "replace", 3)`: refuse the first three calls, as Windows does while a reader has the file open."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)

    def refuse(where: object, name: str, times: int) -> None:
        original, tries = getattr(where, name), iter(range(100))

        def refused(*arguments: object, **options: object) -> None:
            if next(tries) < times:
                raise PermissionError(errno.EACCES, "Access is denied")
            original(*arguments, **options)

        monkeypatch.setattr(where, name, refused)

    return refuse


@pytest.mark.parametrize(
    ("refusals", "patient", "content"),
    [
        (0, True, b"new"),
        (1, True, b"new"),
        (10, True, b"new"),
        (99, True, b"old"),
        (3, False, b"new"),
        (9, False, b"old"),
    ],
)
def test_waits_for_a_reader_that_has_the_file_open(
    file: Path, refusals: int, patient: bool, content: bytes, refuse: Callable[..., None]
) -> None:
    refuse(os, "replace", refusals)
    with nullcontext() if content == b"new" else pytest.raises(PermissionError):
        replace_file(file, b"new", patient=patient)
    assert file.read_bytes() == content
    assert os.listdir(file.parent) == [file.name]


def test_waits_for_a_reader_that_has_a_file_open_which_is_removed(file: Path, refuse: Callable[..., None]) -> None:
    refuse(Path, "unlink", 10)
    remove_file(file)
    remove_file(file)
    assert not file.exists()


def test_waits_for_a_reader_in_a_folder_that_appears_or_is_removed(tmp_path: Path, refuse: Callable[..., None]) -> None:
    refuse(os, "rename", 10)
    with create_folder_atomically(tmp_path / "folder") as folder:
        (folder / "file").touch()
    assert (tmp_path / "folder" / "file").exists()
    refuse(os, "rename", 10)
    remove_folder(tmp_path / "folder")
    assert os.listdir(tmp_path) == []


def test_flushes_the_content_before_the_rename(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: calls.append("fsync") or fsync(descriptor))
    monkeypatch.setattr(os, "replace", lambda *paths: calls.append("replace") or replace(*paths))
    replace_file(file, b"new")
    assert calls[:2] == ["fsync", "replace"]


def test_does_not_create_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "deleted" / "state.json", b"")
    assert not (tmp_path / "deleted").exists()


def test_folder_appears_with_its_content(tmp_path: Path) -> None:
    target = tmp_path / "parent" / "folder"
    with create_folder_atomically(target) as folder:
        (folder / "file").write_bytes(b"new")
        assert not target.exists()
    assert (target / "file").read_bytes() == b"new"
    assert os.listdir(target.parent) == [target.name]


def test_failed_folder_leaves_nothing(tmp_path: Path) -> None:
    def write_half() -> None:
        with create_folder_atomically(tmp_path / "folder") as folder:
            (folder / "file").write_bytes(b"new")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_half()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("replace", [False, True])
def test_replaces_an_existing_folder_only_on_request(tmp_path: Path, replace: bool) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old").write_bytes(b"old")
    try:
        with create_folder_atomically(target, replace=replace) as folder:
            (folder / "new").write_bytes(b"new")
    except OSError:
        assert not replace
    assert os.listdir(target) == (["new"] if replace else ["old"])
    assert os.listdir(tmp_path) == [target.name]


def test_removes_a_folder_with_its_content(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"old")
    remove_folder(tmp_path / "folder")
    remove_folder(tmp_path / "folder")
    assert os.listdir(tmp_path) == []
