"""The pages: their table, the navigation between them, and the title line of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.parts.components.sidebar_closer import sidebar_closer
from pages.parts.shell import session, text
from pages.parts.shell.paths import ASSETS, ROOT


@dataclass(frozen=True)
class PageInfo:
    """One page; Home shows its question and description on a card."""

    path: str
    title: str
    icon: str
    url_path: str
    question: str
    description: str
    uses_a_run: bool = False  # it explores a trained model: the run view links to it
    starter: str = "starter-1-quick"  # the starter model that a newcomer sees here

    @property
    def file(self) -> Path:
        """The page's file, absolute: Streamlit takes relative paths from the folder of the main script."""
        return ROOT / self.path


PAGES: tuple[PageInfo, ...] = (
    PageInfo(
        "pages/home.py",
        "Home",
        ":material/home:",
        "",
        "What is an autoencoder?",
        "The idea in three sentences, and a first training with one click.",
    ),
    PageInfo(
        "pages/train.py",
        "Train",
        ":material/model_training:",
        "train",
        "How does a network learn to reconstruct images from a small code?",
        "Select data, network and latent size, press Train, and watch the reconstructions improve.",
    ),
    PageInfo(
        "pages/reconstruct.py",
        "Reconstruct",
        ":material/compare:",
        "reconstruct",
        "What does a small code preserve, and what is lost?",
        "Test images, or your own, with their reconstructions, differences and errors.",
        uses_a_run=True,
    ),
    PageInfo(
        "pages/denoise.py",
        "Denoise",
        ":material/auto_fix_high:",
        "denoise",
        "How does a network remove noise from an image?",
        "Noise of any strength, removed by the model and by classical filters.",
        uses_a_run=True,
        starter="starter-5-denoise",
    ),
    PageInfo(
        "pages/latent.py",
        "Latent space",
        ":material/scatter_plot:",
        "latent",
        "What do codes mean, and what lies between them?",
        "A map of all codes: hover anywhere to see the decoded image.",
        uses_a_run=True,
        starter="starter-2-vae",
    ),
    PageInfo(
        "pages/compare.py",
        "Compare",
        ":material/view_column_2:",
        "compare",
        "What does a choice change?",
        "Two to four runs side by side: their images at the same moment of training, curves, settings and scores.",
        starter="starter-3-two",
    ),
    PageInfo(
        "pages/features.py",
        "Features",
        ":material/label:",
        "features",
        "How much does a code know?",
        "Codes classified with few labels, beside PCA, pixels and an untrained encoder.",
        uses_a_run=True,
    ),
    PageInfo(
        "pages/compress.py",
        "Compress",
        ":material/folder_zip:",
        "compress",
        "How small can an image be?",
        "Codes written as small files, beside PCA, PNG, JPEG, WebP and AVIF.",
        uses_a_run=True,
    ),
    PageInfo(
        "pages/anomalies.py",
        "Anomalies",
        ":material/troubleshoot:",
        "anomalies",
        "How does a network know that something is wrong?",
        "One digit is normal: scores, thresholds and baselines that recognize all others.",
        uses_a_run=True,
        starter="starter-6-eights",
    ),
)


def page_info(url_path: str) -> PageInfo:
    """The entry of a page by its address: `page_info("train")`."""
    return next(info for info in PAGES if info.url_path == url_path)


def build() -> st.Page:
    """Register the pages, load logo and style, and return the page that the address names."""
    pages = [st.Page(i.file, title=i.title, icon=i.icon, url_path=i.url_path, default=not i.url_path) for i in PAGES]
    page = st.navigation(pages, position="hidden")  # `links` draws them, with the run in the address
    st.logo(ASSETS / "logo.svg", size="large", icon_image=ASSETS / "icon.svg")
    st.html(ASSETS / "style.css")
    return page


def title(url_path: str) -> bool:
    """Draw the page's name, question and messages; return whether the visitor was on another page before."""
    info, arrived = page_info(url_path), session.PAGE.get() != url_path
    session.PAGE.set(url_path)
    with st.container(key="title-line", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<div class="page-name">{info.title}</div>', width="content")
        st.header(info.question, anchor=False, width="stretch")
    if note := session.NOTE.get():
        text.info(note)
    return arrived


def run_in_links() -> dict[str, str] | None:
    """The part of an address that selects the visitor's run; None where each page shows a newcomer its own starter."""
    run_id = session.RUN.get()
    return {"run": run_id} if run_id and not session.STARTER_SHOWN.get() else None


def links() -> None:
    """Draw a link to each page, with the selected run in its address."""
    with st.container(key="navigation", gap=None):
        for info in PAGES:
            st.page_link(info.file, label=info.title, icon=info.icon, query_params=run_in_links())
        sidebar_closer()


def cards() -> None:
    """Draw a card with a link for each other page, as many in a row as fit."""
    shown = [info for info in PAGES if info.url_path]
    with st.container(key="cards"):
        for column, info in zip(st.columns(len(shown)), shown, strict=True):
            with column.container(border=True, height="stretch", key=f"card-{info.url_path}"):
                st.page_link(info.file, label=f"**{info.title}**", icon=info.icon, query_params=run_in_links())
                st.markdown(f"{info.question}  \n:small[{info.description}]")
