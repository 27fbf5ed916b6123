from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from aecore.utils.file_cache import FileCache


def write(path: Path, content: str, seconds: float) -> None:
    """Replace a file, as of some seconds after 2001."""
    temporary = path.with_suffix(".new")
    temporary.write_text(content)
    os.utime(temporary, (1e9 + seconds, 1e9 + seconds))
    os.replace(temporary, path)


@pytest.fixture
def parses() -> list[bytes]:
    return []


@pytest.fixture
def parse(parses: list[bytes]) -> Callable[[bytes], str]:
    def parse(content: bytes) -> str:
        parses.append(content)
        return content.decode()

    return parse


@pytest.mark.parametrize(
    ("writes", "expected_parses"),
    [
        ([], 1),
        ([("second", 1)], 2),
        ([("first", 1)], 2),
        ([("FIRST", 0)], 2),
        ([("second", 0), ("third", 0)], 3),
    ],
    ids=["unchanged", "changed", "newer", "same time and size", "same time"],
)
def test_parses_once_per_change(
    tmp_path: Path,
    parse: Callable[[bytes], str],
    parses: list[bytes],
    writes: list[tuple[str, float]],
    expected_parses: int,
) -> None:
    cache, path, content = FileCache(parse, 10), tmp_path / "file", "first"
    write(path, content, 0)
    assert cache.read(path) == cache.read(path) == content
    for content, seconds in writes:
        write(path, content, seconds)
        assert cache.read(path) == cache.read(path) == content
    assert len(parses) == expected_parses


@pytest.mark.parametrize(("append_only", "expected_parses"), [(False, 2), (True, 1)])
def test_caches_files_that_may_change_again_only_if_their_size_shows_it(
    tmp_path: Path, parse: Callable[[bytes], str], parses: list[bytes], append_only: bool, expected_parses: int
) -> None:
    path = tmp_path / "file"
    path.write_text("recent")
    os.utime(path, (2e10, 2e10))  # as recent as possible
    cache = FileCache(parse, 10, append_only)
    assert cache.read(path) == cache.read(path) == "recent"
    assert len(parses) == expected_parses


def test_drops_the_least_recently_used_file(tmp_path: Path, parse: Callable[[bytes], str], parses: list[bytes]) -> None:
    cache = FileCache(parse, 2)
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        write(path, path.name, 0)
    for path in (paths[0], paths[1], paths[0], paths[2], paths[0], paths[1]):
        cache.read(path)
    assert parses == [b"a", b"b", b"c", b"b"]


def test_does_not_cache_errors(tmp_path: Path) -> None:
    cache, path = FileCache(lambda content: int(content), 10), tmp_path / "file"
    with pytest.raises(FileNotFoundError):
        cache.read(path)
    write(path, "damaged", 0)
    with pytest.raises(ValueError, match="invalid literal"):
        cache.read(path)
    write(path, "7", 1)
    assert cache.read(path) == 7
    path.unlink()
    with pytest.raises(FileNotFoundError):
        cache.read(path)
