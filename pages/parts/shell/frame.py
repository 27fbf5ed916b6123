"""The frame around every page: the page table, the way in for cold deep links, the title line, the style."""

from __future__ import annotations

import gc
import importlib
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.errors import FragmentHandledException

ROOT = Path(__file__).resolve().parents[3]
ASSETS = ROOT / "assets"
NAME = "Autoencoder Lab"

NOTE = "note"  # in the session: a sentence for the top of the page
_PAGE = "page"  # in the session: the page that was drawn last

_READY = "_frame"
_RETURN = "_frame_return"


@dataclass(frozen=True)
class PageInfo:
    """One page: where its file is, how it is called, and what it is for (the cards on Home say so)."""

    path: str
    title: str
    icon: str
    url_path: str
    question: str
    description: str
    uses_a_run: bool = False  # it looks closer at a trained model: the end of a training leads there


PAGES: tuple[PageInfo, ...] = (
    PageInfo(
        "pages/home.py",
        "Home",
        ":material/home:",
        "",
        "What is an autoencoder?",
        "A picture, three sentences, and a first training at one click.",
    ),
    PageInfo(
        "pages/train.py",
        "Train",
        ":material/model_training:",
        "train",
        "How does a network learn to copy a picture through a narrow gap?",
        "Choose data, network and latent size, press Train, and watch ten digits sharpen.",
    ),
    PageInfo(
        "pages/reconstruct.py",
        "Reconstruct",
        ":material/compare:",
        "reconstruct",
        "What survives the narrow gap, and what is lost?",
        "Test digits over their reconstructions and the difference, with the error of each.",
        uses_a_run=True,
    ),
    PageInfo(
        "pages/denoise.py",
        "Denoise",
        ":material/auto_fix_high:",
        "denoise",
        "How does a network tell a digit from noise?",
        "Noise under a slider, what the model makes of it, and what classical filters make of it.",
        uses_a_run=True,
    ),
    PageInfo(
        "pages/latent.py",
        "Latent space",
        ":material/scatter_plot:",
        "latent",
        "What is a code, and what lies between two of them?",
        "A map of all codes: point at it to see pictures, also where no picture was.",
        uses_a_run=True,
    ),
)


def page_info(url_path: str) -> PageInfo:
    """The table row of a page by its address: `page_info("train")`."""
    return next(info for info in PAGES if info.url_path == url_path)


def build() -> st.Page:
    """Registers the pages, draws logo, style and navigation; returns the page that the address names.

    It also sends a visitor who came by a cold deep link (see `guard`) back to the page that was asked for.
    """
    pages = [st.Page(i.path, title=i.title, icon=i.icon, url_path=i.url_path, default=not i.url_path) for i in PAGES]
    page = st.navigation(pages, position="hidden")  # drawn by `links`: they keep the run in the address
    st.logo(ASSETS / "logo.svg", size="large", icon_image=ASSETS / "icon.svg")
    st.html(ASSETS / "style.css")
    st.session_state[_READY] = True
    asked = st.session_state.pop(_RETURN, None)
    if asked is not None:
        file, params = asked
        wanted = next((p for p, info in zip(pages, PAGES, strict=True) if Path(info.path).name == file), pages[0])
        st.switch_page(wanted, query_params=params)
    return page


def guard(file: str) -> None:
    """First line of every page: `guard(__file__)`.

    On a fresh server whose first request is a deep link, Streamlit runs the page's file without `app.py`. Such a page
    has no frame: it remembers itself and its query parameters, and `app.py` builds the frame and comes back.
    """
    if _READY not in st.session_state:
        params = {name: st.query_params.get_all(name) for name in st.query_params}
        st.session_state[_RETURN] = (Path(file).name, params)
        st.switch_page("app.py")


def title(url_path: str) -> bool:
    """The title line: the page's name, small, and its question; whether the visitor comes from elsewhere."""
    info, arrived = page_info(url_path), st.session_state.get(_PAGE) != url_path
    st.session_state[_PAGE] = url_path
    with st.container(key="title-line", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<div class="page-name">{info.title}</div>', width="content")
        st.header(info.question, anchor=False, width="stretch")
    if note := st.session_state.get(NOTE):
        st.caption(f":material/info: {note}")
    return arrived


def text(name: str) -> str:
    """A text of assets/lessons."""
    return (ASSETS / "lessons" / name).read_text(encoding="utf-8")


def problem(sentence: str) -> None:
    """Say what is wrong, right here."""
    st.markdown(f":red[:small[:material/error: {escaped(sentence)}]]")


def escaped(text: str) -> str:
    """A person's words, safe inside Markdown."""
    # Markdown turns bare addresses into links even so: an invisible joiner parts what makes them one.
    parted = text.replace("://", ":\u2060//").replace("www.", "www\u2060.")
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|<>~:$" else c for c in parted)


def links(run_id: str | None) -> None:
    """The navigation: a link to each page, with the chosen run in its address."""
    with st.container(key="navigation", gap=None):
        for info in PAGES:
            st.page_link(info.path, label=info.title, icon=info.icon, query_params={"run": run_id} if run_id else None)


def cards(query_params: dict[str, str] | None = None) -> None:
    """One card for each page of the table but Home, side by side, each with its link."""
    shown = [info for info in PAGES if info.url_path]
    for start in range(0, len(shown), 4):
        row = shown[start : start + 4]
        for column, info in zip(st.columns(len(row)), row, strict=True):
            with column.container(border=True, height="stretch", key=f"card-{info.url_path}"):
                st.page_link(info.path, label=f"**{info.title}**", icon=info.icon, query_params=query_params)
                st.markdown(f"{info.question}  \n:small[{info.description}]")


@st.cache_resource(show_spinner="Starting …")
def warm_up() -> bool:
    """Imports what every page needs, once per server."""
    importlib.import_module("aecore.training.train")
    importlib.import_module("plotly.graph_objects")
    return True


@st.cache_resource(show_spinner=False)
def settle(url_path: str) -> bool:
    """Takes what a page has imported out of the garbage collector's sight, once for each page of a server.

    Streamlit collects after every rerun, and going through torch's objects takes longer than the rerun itself.
    """
    gc.collect()
    gc.freeze()
    return True


@contextmanager
def calm(what: str = "This page") -> Iterator[None]:
    """No traceback on the screen: a failure inside becomes one sentence, its details go to the terminal.

    `with calm():` around a page, and `@calm("The live view")` under `@st.fragment`, because a fragment that runs
    again does so without the code around it. Streamlit's own stop and rerun signals are no `Exception`s and pass.
    """
    try:
        yield
    except FragmentHandledException:
        raise  # the fragment has said so already
    except Exception:
        traceback.print_exc(file=sys.stderr)
        st.error(
            f"{what} ran into a problem and stopped here. Your runs are safe. "
            "Reload the page; if it happens again, choose another run in the sidebar. Details are in the terminal.",
            icon=":material/error:",
        )
