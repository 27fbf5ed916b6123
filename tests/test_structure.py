"""The structure of the package: its layers, what it never imports or calls, and that a network is one file."""

from __future__ import annotations

import ast
import builtins
import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aecore import errors
from aecore.data.torchvision.compat import torchvision_datasets

PACKAGE = Path(__file__).parents[1] / "aecore"
FILES = sorted(PACKAGE.rglob("*.py"))

#: The folders of the package in order: each imports from the folders before it and from itself.
LAYERS = (
    "utils", "options", "images", "analysis", "data", "models", "objectives", "optim", "config", "training",
    "evaluation", "latent", "runs", "workers", "cli",
)  # fmt: skip
FOLDERS = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file()}


def name_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = [name_of(file) for file in FILES if file.name != "__main__.py"]


def imports(file: Path) -> set[str]:
    """The modules that a file imports, by full name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: imports are absolute"
            found.add(node.module)
    return found


def rank(module: str) -> int:
    """The layer of a module: errors below all folders, the other modules at the top level above them."""
    layer = module.split(".")[1]
    if layer == "errors":
        return -1
    return LAYERS.index(layer) if layer in FOLDERS else len(LAYERS)


def classes(file: Path) -> dict[str, set[str]]:
    """The names of the base classes of each class in a file."""
    nodes = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.ClassDef)]
    return {node.name: {ast.unparse(base).split(".")[-1] for base in node.bases} for node in nodes}


def run(code: str, cwd: Path = PACKAGE.parent, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("file", [f for f in FILES if f != PACKAGE / "__init__.py"], ids=name_of)
def test_imports_point_one_way(file: Path) -> None:
    own = name_of(file)
    for module in imports(file):
        if module.split(".")[0] != "aecore":
            continue
        assert module != "aecore", "modules import from each other, not from the facade"
        within = module.split(".")[1] == own.split(".")[1]
        top_level = rank(own) == len(LAYERS)
        assert rank(module) < rank(own) or within or top_level, f"{own} imports {module}"


def test_every_folder_has_a_layer() -> None:
    assert set(LAYERS) == FOLDERS
    assert len(LAYERS) == len(FOLDERS)


def test_exceptions_derive_from_one_base_in_one_module() -> None:
    own = dict(inspect.getmembers(errors, inspect.isclass))
    assert all(issubclass(error, errors.AecoreError) for error in own.values())
    builtin = {name for name, c in inspect.getmembers(builtins, inspect.isclass) if issubclass(c, BaseException)}
    for file in FILES:
        if file != PACKAGE / "errors.py":
            assert not [name for name, bases in classes(file).items() if bases & (builtin | own.keys())], file


@pytest.mark.parametrize("file", sorted((PACKAGE / "analysis").glob("*.py")), ids=name_of)
def test_analysis_is_a_leaf(file: Path) -> None:
    own_modules = {module for module in imports(file) if module.startswith("aecore")}
    assert all(module.startswith(("aecore.analysis", "aecore.errors")) for module in own_modules)


def test_there_are_no_import_cycles() -> None:
    names = set(MODULES)
    remaining = {
        name_of(file): {m for m in imports(file) if m in names} - {name_of(file)}
        for file in FILES
        if name_of(file) in names
    }
    while remaining:
        free = {module for module, needed in remaining.items() if not needed & remaining.keys()}
        assert free, f"these import each other: {sorted(remaining)}"
        remaining = {module: needed for module, needed in remaining.items() if module not in free}


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_never_reads_pickle(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not {m for m in imports(file) if m.split(".")[0] in ("pickle", "dill", "shelve", "cloudpickle", "marshal")}
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & {"torch.load", "torch.save", "joblib.load", "pd.read_pickle", "eval", "exec"}
    arguments = {k.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for k in node.keywords}
    assert "allow_pickle" not in arguments


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_files_are_short_and_documented(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    assert ast.get_docstring(ast.parse(text)), "a file has a docstring"


def test_imports_in_a_new_process() -> None:
    """`aecore` configures OpenMP before torch is imported; the whole package imports nothing of the app's libraries."""
    code = f"""
import importlib, os, sys
import aecore
print(os.environ["GOMP_SPINCOUNT"])
for module in {MODULES}:
    importlib.import_module(module)
print(*sys.modules)
"""
    done = run(code)
    assert done.returncode == 0, done.stderr
    spin_count, modules = done.stdout.splitlines()
    assert spin_count == os.environ["GOMP_SPINCOUNT"]
    assert "aecore.workers.worker" in modules.split()
    assert not {m for m in modules.split() if m.split(".")[0] in ("streamlit", "plotly", "altair")}


def test_torchvision_can_be_imported_with_any_build_of_torch() -> None:
    assert torchvision_datasets().MNIST.__name__ == "MNIST"
    assert torchvision_datasets() is torchvision_datasets()


def test_torchvision_can_be_imported_without_its_operators() -> None:
    """As with torch's CPU build and the default torchvision wheel, where a schema is missing on the first import."""
    code = """
import importlib.abc, sys, torch
class Broken(importlib.abc.MetaPathFinder):
    tries = 0
    def find_spec(self, name, path, target=None):
        if name == "torchvision.extension" or name == "torchvision._meta_registrations":
            Broken.tries += 1
            if Broken.tries == 1:
                raise RuntimeError("operator torchvision::nms does not exist")
sys.meta_path.insert(0, Broken())
define, defined = torch.library.Library.define, []
torch.library.Library.__init__ = lambda self, *a, **k: None
torch.library.Library.__del__ = lambda self: None
torch.library.Library.define = lambda self, schema, *a, **k: defined.append(schema.partition("(")[0])
from aecore.data.torchvision.compat import torchvision_datasets
try:
    torchvision_datasets()
finally:
    print(*defined)
"""
    done = run(code)
    assert done.stdout.split() == ["nms", "qnms"], done.stderr


NETWORK = '''
"""Tiny: one layer each way."""

import math
from typing import Literal

from pydantic import Field
from torch import nn

from aecore.models.networks.base import Activation, Network


class Tiny(Network):
    """One layer each way."""

    kind: Literal["tiny"] = "tiny"
    title = "Tiny"
    units: int = Field(8, ge=1, title="Units", description="Number of units.")
    activation: Activation = Field("relu", title="Activation", description="The activation.")

    def feature_shape(self, input_shape):
        return (self.units,)

    def encoder(self, input_shape):
        return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(input_shape), self.units), self.activate())

    def decoder(self, input_shape):
        return nn.Sequential(nn.Linear(self.units, math.prod(input_shape)), nn.Unflatten(1, input_shape))
'''


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "aecore", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_a_network_is_one_file(copy: Path) -> None:
    (copy / "aecore" / "models" / "networks" / "tiny.py").write_text(NETWORK, encoding="utf-8")
    code = """
import sys
from aecore.cli import main
from aecore.models.networks import Network
from aecore.options.registry import options_by_kind
assert main(sys.argv[1:]) == 0
print(*options_by_kind(Network))
"""
    settings = ["network.kind=tiny", "network.units=9", "dataset.images=100"]
    arguments = ["train", "quick-start", "--epochs", "1", "--json"]
    done = run(code, copy, *arguments, *(word for setting in settings for word in ("--set", setting)))
    assert done.returncode == 0, done.stderr
    result, kinds = done.stdout.splitlines()
    # two layers of the network, two of the bottleneck with 16 dimensions
    assert json.loads(result)["parameters"] == (784 * 9 + 9) + (9 * 16 + 16) + (16 * 9 + 9) + (9 * 784 + 784)
    assert kinds.split()[0] == "dense"
    assert "tiny" in kinds.split()


#: Files of broken networks, and the error on importing the package.
BROKEN = [
    ("import missing_module\n", "missing_module"),
    ("def broken(:\n", "SyntaxError"),
    (NETWORK.replace('"tiny"', '"dense"'), "have the same kind 'dense'"),
    (NETWORK.replace('title = "Tiny"', ""), "Tiny needs a title"),
]


def test_a_broken_network_fails_the_import(copy: Path) -> None:
    code = """
import importlib, sys
from pathlib import Path
sys.dont_write_bytecode = True
for text in sys.argv[1:]:
    Path("aecore/models/networks/tiny.py").write_text(text, encoding="utf-8")
    for name in [name for name in sys.modules if name.split(".")[0] == "aecore"]:
        del sys.modules[name]
    importlib.invalidate_caches()
    try:
        import aecore
        aecore.RunConfig
        print("imported")
    except Exception as error:
        print(repr(error))
"""
    done = run(code, copy, *(text for text, _ in BROKEN))
    outcomes = done.stdout.splitlines()
    assert len(outcomes) == len(BROKEN), done.stderr
    for outcome, (_, message) in zip(outcomes, BROKEN, strict=True):
        assert message in outcome
