"""The README's examples run, and the options reference is current."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from aecore.cli import parser
from aecore.config.reference import with_options

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
OPTIONS = (REPOSITORY / "docs" / "options.md").read_text(encoding="utf-8")


def test_python_examples_run(capsys, monkeypatch):
    monkeypatch.chdir(REPOSITORY)  # the examples use files of the checkout
    first, second, third, fourth, fifth = (run(example) for example in re.findall(r"```python\n(.*?)```", README, re.S))
    assert tuple(first["codes"].shape) == (10, 8)
    assert "nats per image" in capsys.readouterr().out
    shapes = [tuple(second[name].shape) for name in ("reconstructions", "codes", "decoded")]
    assert shapes == [(3, 10), (3, 5), (3, 10)]
    assert tuple(third["images"].shape) == (9, 1, 28, 28)
    assert tuple(fourth["samples"].shape) == (5, 1, 28, 28)
    assert set(fifth["judged"].tolist()) == {1, -1}
    assert fifth["maps"].shape == (3, 28, 28)


def run(example: str) -> dict[str, object]:
    assert 8 <= len(example.strip().splitlines()) <= 14
    names: dict[str, object] = {}
    exec(example, names)
    return names


def test_shell_examples_work_in_their_order():
    """They are commands as the parser takes them, and the runs they name have been trained by then."""
    trained = set()
    for line in re.findall(r"^python -m (aecore .*?)(?:  +#|$)", README, re.M):
        options = parser().parse_args(shlex.split(line)[1:])
        if options.command == "train":
            trained.add(options.name)
        else:
            named = {getattr(options, "run", ""), *getattr(options, "runs", ())} - {""}
            assert named <= trained, line


def test_options_reference_is_current_and_linked():
    assert with_options(OPTIONS) == OPTIONS, "run `make docs`"
    assert "](docs/options.md)" in README


def test_linked_files_exist():
    for path in re.findall(r"\[[^\]]+\]\(([^):]+)\)", README):
        assert (REPOSITORY / path).is_file(), path
