"""Browser components: one folder each with its Python, `index.html`, `index.js` and `style.css`; see `load`."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.parts.shell.paths import ASSETS, UPLOT

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FOLDER = Path(__file__).resolve().parent
CHART_STYLES = ASSETS / UPLOT / "uPlot.min.css", FOLDER / "shared" / "chart.css"  # of components that draw with uPlot
CHOICE_STYLE = FOLDER / "shared" / "choice.css"  # of components with a choice, see `shared/choice.js`
LETTER_STYLE = FOLDER / "shared" / "letter.css"  # of components that name compared runs, see `shared/runs.js`
_IMPORT = re.compile(r"""(?m)^(import\b[^"';]*)"(\.{1,2}/[^"]+)";""")


def load(name: str, *styles: Path) -> ComponentRenderer:
    """Register the component in folder `name`; the result mounts it.

    Its `index.js` is an ES module that may import others by relative path. Its style follows `shared/controls.css` and
    the files `styles`.
    """
    folder = FOLDER / name
    return st.components.v2.component(
        f"autoencoder_lab_{name}",
        html=_read(folder / "index.html"),
        css="".join(map(_read, (FOLDER / "shared" / "controls.css", *styles, folder / "style.css"))),
        js=bundle(folder / "index.js"),
    )


def bundle(file: Path, importers: tuple[Path, ...] = ()) -> str:
    """The source of an ES module, in which each relative import is a `data:` URL of the imported module.

    Streamlit imports a component's script from a `blob:` URL, against which relative paths do not resolve. Every
    module keeps its own scope, and components that import the same file share one instance of it.

    Raises:
        FileNotFoundError: an imported file is missing.
        ValueError: modules import each other in a cycle.
    """
    if file in importers:
        cycle = " -> ".join(path.name for path in (*importers[importers.index(file) :], file))
        raise ValueError(f"JavaScript modules import each other: {cycle}.")

    def embed(found: re.Match[str]) -> str:
        statement, path = found.groups()
        source = bundle((file.parent / path).resolve(), (*importers, file))
        return f'{statement}"{data_url(source.encode(), "text/javascript;charset=utf-8")}";'

    # The comment names the module in the browser's developer tools; Streamlit adds one to the outermost.
    name = f"//# sourceURL=autoencoder-lab/{file.parent.name}/{file.name}\n" if importers else ""
    return _IMPORT.sub(embed, _read(file)) + name


def data_url(content: bytes, media_type: str = "image/png") -> str:
    """The `data:` URL of a file's content."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")
