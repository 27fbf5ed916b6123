"""Damage to the files of a run: other values anywhere in their JSON, and other files in their place."""

from __future__ import annotations

import copy
import json
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import safe_open
from safetensors.torch import load_file, save_file

#: The files of a run that contain JSON, and the metadata key of those that contain tensors too.
FILES = {
    "config.json": None, "state.json": None, "metrics.jsonl": None, "baseline.json": None, "scores.json": None,
    "live.safetensors": "metrics", "resume.safetensors": "history", "model.safetensors": "step",
}  # fmt: skip
VALUES = ("text", "3", None, [], {}, [[1]], -1, 1e308, 10**400, math.nan, math.inf, True, "\ud800")


class Damage(NamedTuple):
    file: str
    what: str
    apply: Callable[[Path], object]  # to the run folder

    def __str__(self) -> str:
        return f"{self.file}: {self.what}"


def damages(folder: Path, file: str) -> Iterator[Damage]:
    """All damages to a file of the run in `folder`."""
    tree = _read(folder, file)
    for path in _paths(tree):
        for value in VALUES:
            changed = _changed(tree, path, value)
            what = f"{'.'.join(map(str, path)) or 'all'} = {str(value)[:20]!r}"
            yield Damage(file, what, lambda folder, changed=changed: _write(folder, file, changed))
        if path:
            changed, what = _changed(tree, path, ...), f"without {'.'.join(map(str, path))}"
            yield Damage(file, what, lambda folder, changed=changed: _write(folder, file, changed))
    content = (folder / file).read_bytes()
    others = {"empty": b"", "truncated": content[: len(content) // 2], "nested": b"[" * 100_000, "twice": content * 2}
    for what, other in others.items():
        yield Damage(file, what, lambda folder, other=other: (folder / file).write_bytes(other))
    yield Damage(file, "a folder", lambda folder: ((folder / file).unlink(), (folder / file).mkdir()))


def restore(folder: Path, original: Path, file: str) -> None:
    """Undo the damage to a file."""
    if (folder / file).is_dir():
        (folder / file).rmdir()
    shutil.copy(original / file, folder / file)


def _read(folder: Path, file: str) -> Any:
    if key := FILES[file]:
        with safe_open(folder / file, framework="pt") as tensors:
            return json.loads(tensors.metadata()[key])
    lines = (folder / file).read_text().splitlines()
    return json.loads(lines[-1] if file == "metrics.jsonl" else "".join(lines))


def _write(folder: Path, file: str, tree: Any) -> None:
    text = json.dumps(tree)
    if key := FILES[file]:
        with safe_open(folder / file, framework="pt") as tensors:
            metadata = tensors.metadata()
        save_file(load_file(folder / file), folder / file, metadata | {key: text})
    elif file == "metrics.jsonl":
        lines = (folder / file).read_text().splitlines()
        (folder / file).write_text("\n".join([*lines[:-1], text, ""]))
    else:
        (folder / file).write_text(text)


def _paths(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = tree.items() if isinstance(tree, dict) else enumerate(tree[:1]) if isinstance(tree, list) else ()
    for key, value in items:
        yield from _paths(value, (*path, key))


def _changed(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The tree with another value at the path; `...` removes it."""
    if not path:
        return value
    tree = copy.deepcopy(tree)
    *parents, last = path
    node = tree
    for key in parents:
        node = node[key]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return tree
