from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from aecore.utils.files import replace_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.json"
    replace_file(path, b"old")
    return path


@pytest.mark.parametrize("durable", [True, False])
def test_the_new_content_takes_the_old_one_s_place(file: Path, durable: bool) -> None:
    replace_file(file, b"new", durable)
    assert file.read_bytes() == b"new"
    assert os.listdir(file.parent) == [file.name]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_write_leaves_the_old_content(file: Path, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(OSError, match="No space"):
        replace_file(file, b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(file.parent) == [file.name], "no half-written file is left"


def test_the_content_is_on_the_disk_before_the_name(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: calls.append("fsync") or fsync(descriptor))
    monkeypatch.setattr(os, "replace", lambda *paths: calls.append("replace") or replace(*paths))
    replace_file(file, b"new")
    assert calls[:2] == ["fsync", "replace"]


def test_a_folder_that_is_gone_stays_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "deleted" / "state.json", b"")
    assert not (tmp_path / "deleted").exists()
