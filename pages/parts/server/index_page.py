"""The HTML document of each page: Streamlit's, with the address of the server and the scripts that the page will need.

Streamlit's document is the same at every address. Without these additions the browser looks for the server below the
page's own address first, and asks for the script of each kind of element only once the server has sent such an element.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from streamlit import file_util

from pages.parts.shell.paths import UPLOT, UPLOT_SCRIPT

#: Streamlit's scripts by the kind of element, without the hash in their names.
EVERY_PAGE = ("BidiComponent", "Button", "ButtonGroup", "Html", "PageLink", "Selectbox")
OF_PAGES = {
    "train": ("Checkbox", "NumberInput", "Slider", "TextInput"),
    "reconstruct": ("DownloadButton", "Slider"),
    "denoise": ("Progress",),
    "latent": ("ImageList", "NumberInput", "PlotlyChart"),
    "compare": ("DataFrame", "DownloadButton", "Multiselect", "NumberInput", "TextInput"),
    "features": ("NumberInput", "PlotlyChart", "Progress", "Slider"),
    "compress": ("DownloadButton", "FileUploader", "PlotlyChart", "Progress", "Slider"),
    "anomalies": ("Checkbox", "PlotlyChart", "Progress"),
}
PAGES = ("", *OF_PAGES)  # url paths
#: How early the browser asks for uPlot: some pages draw a chart only after a computation, or in one of their sections.
WITH_UPLOT = {"train": "preload", "denoise": "prefetch", "compare": "prefetch"}

# Where the document is, without the page's name: each page is one level below it.
_SERVER = """
    <script>
      window.__streamlit = { BACKEND_BASE_URL: new URL(".", document.baseURI).href }
      window.__streamlit.MAIN_PAGE_BASE_URL = window.__streamlit.BACKEND_BASE_URL
    </script>"""
_IMPORT = re.compile(rb"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")
_SCRIPTS = Path(file_util.get_static_dir()) / "static" / "js"


@cache
def index_page(url_path: str) -> bytes:
    """The document of a page."""
    document = (_SCRIPTS.parents[1] / "index.html").read_text(encoding="utf-8")
    links = [
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in _scripts(url_path, document)
    ]
    if url_path in WITH_UPLOT:
        links.append(f'<link rel="{WITH_UPLOT[url_path]}" as="script" href="./{UPLOT}/{UPLOT_SCRIPT}">')
    return document.replace("<head>", f"<head>{_SERVER}", 1).replace("</head>", "".join(links) + "</head>", 1).encode()


def _scripts(url_path: str, document: str) -> list[str]:
    """The scripts of a page's elements, and those that they import, as far as the document does not name them."""
    found = [script for kind in (*EVERY_PAGE, *OF_PAGES.get(url_path, ())) if (script := element_script(kind))]
    for name in found:  # it grows
        found += [other for other in _imports(name) if other not in found]
    return [name for name in found if f"/{name}" not in document]


@cache
def _imports(script: str) -> list[str]:
    """The scripts that a script imports."""
    names = dict.fromkeys(map(bytes.decode, _IMPORT.findall((_SCRIPTS / script).read_bytes())))
    return [name for name in names if (_SCRIPTS / name).is_file()]


def element_script(kind: str) -> str | None:
    """The file that draws a kind of element; None if this version of Streamlit names it differently."""
    return next((path.name for path in _SCRIPTS.glob(f"{kind}.*.js")), None)
