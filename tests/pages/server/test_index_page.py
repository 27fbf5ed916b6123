"""The HTML document of each page: what it adds to Streamlit's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from live_client import get
from streamlit import file_util

from pages.parts.server.index_page import EVERY_PAGE, OF_PAGES, PAGES, WITH_UPLOT, element_script
from pages.parts.server.routes import routes
from pages.parts.shell import navigation
from pages.parts.shell.paths import UPLOT, UPLOT_SCRIPT

STATIC = Path(file_util.get_static_dir())
HREF = re.compile(r'(?:href|src)="\./(static/[^"]+)"')


def test_each_page_has_a_document() -> None:
    assert set(PAGES) == {page.url_path for page in navigation.PAGES}


@pytest.mark.parametrize("kind", sorted({*EVERY_PAGE, *(kind for kinds in OF_PAGES.values() for kind in kinds)}))
def test_streamlit_has_a_script_for_each_kind_of_element(kind: str) -> None:
    assert element_script(kind)


@pytest.mark.parametrize("page", PAGES)
def test_document_is_streamlits_with_links_to_scripts(page: str) -> None:
    answer = get(f"/{page}")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    document, original = answer.body.decode(), (STATIC / "index.html").read_text()
    files = HREF.findall(document)
    assert set(HREF.findall(original)) < set(files)
    assert len(files) == len(set(files))
    assert all((STATIC / file).is_file() for file in files)
    assert ("/PlotlyChart." in document) is (page == "latent")
    assert (f'href="./{UPLOT}/{UPLOT_SCRIPT}"' in document) is (page in WITH_UPLOT)
    assert 'BACKEND_BASE_URL: new URL(".", document.baseURI).href' in document
    head, _, rest = original.partition("<head>")
    assert document.startswith(head)
    assert document.endswith(rest.partition("</head>")[2])


def test_unchanged_document_is_not_sent_again() -> None:
    tag = get("/train").headers["etag"]
    assert get("/train", if_none_match=tag).status == 304


def test_documents_are_below_the_base_path(monkeypatch) -> None:
    monkeypatch.setattr("streamlit.get_option", lambda _: "/lab/")
    assert {"/lab/", "/lab/train"} < {route.path for route in routes()}
