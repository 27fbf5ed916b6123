"""The structure of the app: no numerical code in pages, a short app.py, and a README that documents everything."""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from aecore.cli import parser
from aecore.utils.settings import SETTINGS
from pages.parts.shell.navigation import PAGES
from pages.parts.shell.paths import ASSETS

ROOT = Path(__file__).parents[3]
PAGE_FILES = sorted((ROOT / "pages").glob("*.py"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
MATH_PACKAGES = {"torch", "torchvision", "numpy", "sklearn", "scipy"}


def imported(path: Path) -> set[str]:
    """The packages that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
    return found


def commands() -> list[str]:
    actions = [a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return sorted(actions[0].choices)


@pytest.mark.parametrize("path", PAGE_FILES, ids=lambda path: path.name)
def test_pages_import_no_math_packages(path):
    assert not imported(path) & MATH_PACKAGES


@pytest.mark.parametrize("path", sorted((ROOT / "aecore").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_package_does_not_import_the_app(path):
    assert not imported(path) & {"streamlit", "plotly", "pages"}


def test_app_is_short():
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 40


def test_the_server_imports_what_pages_import():
    """In a new process: the first visit needs no further imports."""
    code = """
import ast, sys
from pages.parts.shell.navigation import PAGES
from pages.parts.server.startup import import_parts
import_parts()
body = [node for info in PAGES for node in ast.parse(info.file.read_text("utf-8")).body]
names = {node.module for node in body if isinstance(node, ast.ImportFrom)}
print(sorted((names | {"aecore.training.train", "plotly.graph_objects"}) - set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_script_errors_show_no_traceback():
    """Errors outside any boundary, such as in a callback, become a message too."""

    def script():
        from pages.parts.shell.errors import show_script_error

        assert show_script_error(ValueError("secret")) is True

    app = AppTest.from_function(script).run()
    assert not app.exception
    assert [("secret" in e.value, "Your runs are safe" in e.value) for e in app.error] == [(False, True)]


def test_page_files_and_page_table_match():
    assert sorted(info.path for info in PAGES) == [f"pages/{path.name}" for path in PAGE_FILES]
    assert len({info.url_path for info in PAGES}) == len({info.title for info in PAGES}) == len(PAGES)


@pytest.mark.parametrize("folder", ["aecore", "pages", "tests", "benchmarks"])
def test_no_file_is_longer_than_300_lines(folder):
    long = {str(p): n for p in (ROOT / folder).rglob("*.py") if (n := len(p.read_text("utf-8").splitlines())) > 300}
    assert not long


@pytest.mark.parametrize("setting", SETTINGS)
def test_readme_documents_every_setting(setting):
    assert f"`{setting}`" in README


@pytest.mark.parametrize("command", commands())
def test_readme_documents_every_command(command):
    assert f"python -m aecore {command}" in README


@pytest.mark.parametrize("starter", sorted((ASSETS / "starters").iterdir()), ids=lambda path: path.name)
def test_starters_are_small_and_contain_no_pickle(starter):
    files = [path for path in starter.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_000_000
    assert {"".join(path.suffixes) for path in files} <= {".json", ".json.z", ".jsonl", ".safetensors"}
