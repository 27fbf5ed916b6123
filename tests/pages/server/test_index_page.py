"""The HTML document of each page: what it adds to Streamlit's."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from app_server import Server
from live_client import get
from streamlit import file_util

from pages.parts.server import index_page, startup
from pages.parts.server.index_page import EVERY_PAGE, OF_PAGES, PAGES, WITH_UPLOT, element_script
from pages.parts.server.routes import routes
from pages.parts.shell import navigation
from pages.parts.shell.paths import UPLOT, UPLOT_SCRIPT

STATIC = Path(file_util.get_static_dir())
ADDRESS = re.compile(r'(?:href|src)="(\./[^"]+)"')
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
    assert ("/PlotlyChart." in document) is (page in ("latent", "features", "compress", "anomalies"))
    assert (f'href="./{UPLOT}/{UPLOT_SCRIPT}"' in document) is (page in WITH_UPLOT)
    assert 'BACKEND_BASE_URL: new URL(".", document.baseURI).href' in document
    head, _, rest = original.partition("<head>")
    assert document.startswith(head)
    assert document.endswith(rest.partition("</head>")[2])


def test_documents_are_made_when_the_server_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    index_page.index_page.cache_clear()
    startup.make_documents()
    monkeypatch.setattr(index_page, "_SCRIPTS", tmp_path / "not" / "there")
    assert [get(f"/{page}").status for page in PAGES] == [200] * len(PAGES)


def test_unchanged_document_is_not_sent_again() -> None:
    tag = get("/train").headers["etag"]
    assert get("/train", if_none_match=tag).status == 304


def test_documents_are_below_the_base_path(monkeypatch) -> None:
    monkeypatch.setattr("streamlit.get_option", lambda _: "/lab/")
    assert {"/lab/", "/lab/train"} < {route.path for route in routes()}


@pytest.fixture
def server_below(tmp_path: Path) -> Iterator[Server]:
    """A server whose base path is `lab`."""
    server = Server(tmp_path / "home", STREAMLIT_SERVER_BASE_URL_PATH="lab")
    server.url += "/lab"
    yield server.start()
    server.stop()


def test_addresses_of_documents_are_right_below_a_base_path(server_below: Server) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for page in PAGES:
        url = f"{server_below.url}/{page}"
        addresses = ADDRESS.findall(opener.open(url, timeout=30).read().decode())
        assert (f"./{UPLOT}/{UPLOT_SCRIPT}" in addresses) is (page in WITH_UPLOT)
        for address in addresses:
            with opener.open(urljoin(url, address), timeout=30) as answer:  # it raises for other states than success
                assert answer.status == 200
                assert not answer.headers["content-type"].startswith("text/html"), address
