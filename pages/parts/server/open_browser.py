"""Open the visitor's browser when the server starts, as `streamlit run` does for a plain script but not for st.App."""

from __future__ import annotations

import asyncio
import webbrowser
from contextlib import suppress

import streamlit as st

from pages.parts.server.addresses import app_url, serving

SECONDS_TO_SERVE = 30.0


async def open_browser() -> None:
    """Open the app in a browser once the server accepts connections, unless `server.headless` is set."""
    if st.get_option("server.headless"):
        return
    with suppress(TimeoutError, OSError, webbrowser.Error):
        await asyncio.wait_for(serving(), SECONDS_TO_SERVE)
        await asyncio.to_thread(webbrowser.open, app_url())
