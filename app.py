"""Autoencoder Lab: `streamlit run app.py` starts the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from aecore.utils.process import importing
from pages.parts.server import addresses, background, routes, startup, upload_limit
from pages.parts.shell import errors, paths
from pages.parts.visitors.visitor_cookie import VisitorCookie


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Import what the pages need before the first visit, and run the queue while the server runs."""
    # Imported here because caches and browser components register with the running server.
    from pages.parts.shell import resources

    with resources.running_queue():
        # Streamlit collects garbage after every rerun, and going through torch's objects takes longer than the rerun.
        with importing():
            startup.import_parts()
        startup.make_documents()
        async with background.tasks():
            yield


startup.check_settings()
addresses.ask_nobody_for_addresses()
app = st.App(
    paths.MAIN_SCRIPT,
    lifespan=lifespan,
    routes=routes.routes(),
    middleware=[Middleware(VisitorCookie), Middleware(upload_limit.UploadLimit)],
    on_script_error=errors.show_script_error,
)
