"""What the server does in its event loop besides answering."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aecore.utils.process import return_freed_memory
from pages.parts.server import addresses, load, startup
from pages.parts.server.open_browser import open_browser

SECONDS_BETWEEN_RELEASES = 5.0


@asynccontextmanager
async def tasks() -> AsyncIterator[None]:
    """Print the addresses and open the browser once, measure the load and release memory, until the block ends."""
    running = [
        asyncio.create_task(task)
        for task in (addresses.announce(), open_browser(), _import_torchvision(), load.measure(), _release_memory())
    ]
    try:
        yield
    finally:
        for task in running:
            task.cancel()


async def _import_torchvision() -> None:
    """Import it as soon as visitors can come, rather than let the first one wait for it."""
    await addresses.serving()
    await asyncio.to_thread(startup.import_torchvision)


async def _release_memory() -> None:
    """Return the memory of runs that nobody watches any more to the system."""
    # Imported here because its cache registers with the running server.
    from pages.parts.runs.live import live_runs

    while True:
        await asyncio.sleep(SECONDS_BETWEEN_RELEASES)
        if live_runs().drop_unused():
            gc.collect()
            return_freed_memory()
