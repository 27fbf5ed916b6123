"""The metrics file of a run: one JSON record per line, only appended to.

A line `{"resumed": step}` invalidates the records after that step.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from aecore.runs.files.schemas import RecordContent, ResumptionContent, validated
from aecore.utils.file_cache import FileCache
from aecore.utils.strict_json import read_json, to_json

Record = dict[str, Any]


def append_record(path: Path, record: Record) -> None:
    """Append a record. Raises OSError."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(to_json(record) + "\n")


def read_records(path: Path) -> list[Record]:
    """Return copies of the valid records in order; an empty list if there is no file."""
    with suppress(OSError):
        return [_copy(record) for record in _cache.read(path)]
    return []


def rewind(path: Path, step: int) -> None:
    """Invalidate the records after `step`, where a run continues; without a file, do nothing."""
    if not path.exists():
        return
    truncated = path.stat().st_size and not path.read_bytes().endswith(b"\n")
    with open(path, "a", encoding="utf-8") as file:
        file.write(("\n" if truncated else "") + to_json({"resumed": step}) + "\n")


def parse_records(content: bytes) -> tuple[Record, ...]:
    """Parse the content of a metrics file; damaged lines are left out."""
    records: list[Record] = []
    _extend(records, content)
    return tuple(records)


class RecordsTail:
    """The valid records of a metrics file that grows: each `read` parses only the new lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[Record] = []  # not to be modified by callers
        self._position = 0  # bytes parsed so far

    def read(self) -> int:
        """Parse the lines added since the last call. A line that is not complete yet is left for the next one.

        Returns:
            How many of the records were there before; those after them are new, or recorded again by a resumption.
        """
        try:
            with open(self.path, "rb") as file:
                if file.seek(0, os.SEEK_END) < self._position:  # another file
                    self._position, self.records = 0, []
                file.seek(self._position)
                content = file.read()
        except OSError:
            self._position, self.records, content = 0, [], b""
        complete = content[: content.rfind(b"\n") + 1]
        self._position += len(complete)
        return _extend(self.records, complete)


def _extend(records: list[Record], content: bytes) -> int:
    """Append the records of some lines, and return how many of the earlier ones are still valid."""
    unchanged = len(records)
    for line in content.split(b"\n"):
        try:
            record = read_json(line)
            if isinstance(record, dict) and "resumed" in record:
                step = validated(ResumptionContent, record)["resumed"]
                records[:] = [r for r in records if r["step"] <= step]
                unchanged = min(unchanged, len(records))
            else:
                records.append(validated(RecordContent, record))
        except ValueError:
            continue  # an empty line, a damaged one, or one that a killed process did not finish
    return unchanged


def _copy(record: Record) -> Record:
    return {name: value.copy() if isinstance(value, dict) else value for name, value in record.items()}


_cache = FileCache(lambda content: parse_records(content), max_files=8, append_only=True)
