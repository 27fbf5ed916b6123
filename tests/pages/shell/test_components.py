"""The folders of browser components, and the loader of their JavaScript modules."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from pages.parts.components import FOLDER, bundle

COMPONENTS = sorted(path for path in FOLDER.iterdir() if (path / "__init__.py").is_file())
EMBEDDED = re.compile(r'from "data:text/javascript;charset=utf-8;base64,([^"]+)";')


def modules(source: str) -> list[str]:
    """A bundled module, and all modules inside it."""
    embedded = [base64.b64decode(found).decode() for found in EMBEDDED.findall(source)]
    return [source, *(module for text in embedded for module in modules(text))]


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / next(iter(files))


@pytest.mark.parametrize("folder", COMPONENTS, ids=lambda path: path.name)
def test_component_folder_is_complete(folder: Path) -> None:
    assert {"index.html", "index.js", "style.css"} <= {path.name for path in folder.iterdir()}
    root = f'class="{folder.name.replace("_", "-")}"'
    assert root in (folder / "index.html").read_text(encoding="utf-8"), (
        "the root element has the component's name as class"
    )
    bundled = modules(bundle(folder / "index.js"))
    assert "export default component(" in bundled[0]
    assert not [text for text in bundled if re.search(r'(?m)^import\b.*"\.', text)], "an import is unresolved"
    assert any("/component.js" in text for text in bundled[1:])


def test_bundles_nested_imports(tmp_path: Path) -> None:
    first = write(
        tmp_path,
        {
            "one/index.js": 'import {\n  b,\n} from "../shared/b.js";\nimport "./side.js";\nexport default b + "é";\n',
            "one/side.js": "window.side = 1;\n",
            "shared/b.js": 'import { c } from "./c.js";\nexport const b = c;\n',
            "shared/c.js": "export const c = \"import nothing from './d.js'\";\n",
        },
    )
    found = modules(bundle(first))
    assert [text.splitlines()[-1] for text in found[1:]] == [
        "//# sourceURL=autoencoder-lab/shared/b.js",
        "//# sourceURL=autoencoder-lab/shared/c.js",
    ]
    assert "./side.js" not in found[0]
    assert found[0].endswith('export default b + "é";\n')


@pytest.mark.parametrize(
    ("files", "error", "message"),
    [
        ({"a.js": 'import "./b.js";\n'}, FileNotFoundError, "b.js"),
        ({"a.js": 'import "./b.js";\n', "b.js": 'import "./a.js";\n'}, ValueError, "a.js -> b.js -> a.js"),
        ({"a.js": 'import "./a.js";\n'}, ValueError, "a.js -> a.js"),
    ],
    ids=["missing", "cycle", "itself"],
)
def test_rejects_unresolvable_imports(
    tmp_path: Path, files: dict[str, str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        bundle(write(tmp_path, files))
