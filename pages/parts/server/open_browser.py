"""Open the visitor's browser when the server starts, as `streamlit run` does for a plain script but not for st.App."""

from __future__ import annotations

import asyncio
import webbrowser
from contextlib import suppress

import streamlit as st

SECONDS_TO_SERVE = 30.0
SECONDS_BETWEEN_TRIES = 0.1


def app_url() -> str:
    """The app's address for a browser on this machine, from Streamlit's options."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    path = st.get_option("server.baseUrlPath").strip("/")
    return f"{scheme}://{_host()}:{st.get_option('browser.serverPort')}/{path}"


async def open_browser() -> None:
    """Open the app in a browser once the server accepts connections, unless `server.headless` is set."""
    if st.get_option("server.headless"):
        return
    with suppress(TimeoutError, OSError, webbrowser.Error):
        await asyncio.wait_for(_serving(), SECONDS_TO_SERVE)
        await asyncio.to_thread(webbrowser.open, app_url())


def _host() -> str:
    public, bound = st.get_option("browser.serverAddress"), st.get_option("server.address")
    host = bound if bound and public == "localhost" else public
    if host in ("0.0.0.0", "::"):  # all interfaces: no address for a browser
        return "localhost"
    return f"[{host}]" if ":" in host else host


async def _serving() -> None:
    """Return when the server accepts connections."""
    bound = st.get_option("server.address") or "localhost"
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bound, bound)
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(address, st.get_option("server.port"))
            writer.close()
            return
        await asyncio.sleep(SECONDS_BETWEEN_TRIES)
