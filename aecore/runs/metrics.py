"""The metrics file of a run: one JSON record per line, only appended to.

A line `{"resumed": step}` invalidates the records after that step.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from aecore.utils.file_cache import FileCache

Record = dict[str, Any]


def append_record(path: Path, record: Record) -> None:
    """Append a record. Raises OSError."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def read_records(path: Path) -> list[Record]:
    """Return copies of the valid records in order; an empty list if there is no file."""
    with suppress(FileNotFoundError):
        return [_copy(record) for record in _cache.read(path)]
    return []


def rewind(path: Path, step: int) -> None:
    """Invalidate the records after `step`, where a run continues; without a file, do nothing."""
    if not path.exists():
        return
    truncated = path.stat().st_size and not path.read_bytes().endswith(b"\n")
    with open(path, "a", encoding="utf-8") as file:
        file.write(("\n" if truncated else "") + json.dumps({"resumed": step}) + "\n")


def parse_records(content: bytes) -> tuple[Record, ...]:
    """Parse the content of a metrics file; damaged lines are left out."""
    records: list[Record] = []
    for line in content.split(b"\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue  # an empty line, or one that a killed process did not finish
        if not isinstance(record, dict):
            continue
        if "resumed" in record:
            records = [r for r in records if r["step"] <= record["resumed"]]
        elif record.keys() >= {"step", "epoch", "train"}:
            records.append(record)
    return tuple(records)


def _copy(record: Record) -> Record:
    return {name: value.copy() if isinstance(value, dict) else value for name, value in record.items()}


_cache = FileCache(lambda content: parse_records(content), max_files=64, append_only=True)
