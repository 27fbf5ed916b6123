"""Let a class visit a server, and measure it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from benchmarks.classroom.report import Result
from benchmarks.classroom.server import Server, Usage, running_server
from benchmarks.classroom.visitor import Visitor

SECONDS_TO_PRESS = 10.0  # over which the visitors open the page, and then press Train
SECONDS_TO_SETTLE = 10.0
SECONDS_IDLE = 5.0


def measure(tree: Path, label: str, visitors: int, seconds: float, lengths: dict[str, float]) -> Result:
    """Start the server of a checkout and measure it with a class.

    Args:
        tree: the checkout's folder.
        label: its name in the table.
        visitors: size of the class.
        seconds: bound for opening the page, and for the time from a visitor's press to the end of the run.
        lengths: what to type into the number fields, by label.
    """
    with running_server(tree) as server:
        result = asyncio.run(_visit(server, label, visitors, seconds, lengths))
        if server.tracebacks:
            result.errors["a traceback in the server's log"] += server.tracebacks
        return result


async def _visit(server: Server, label: str, count: int, seconds: float, lengths: dict[str, float]) -> Result:
    first = Visitor(server.port, lengths)
    await first.open(0.0, seconds)
    await first.close()
    await asyncio.sleep(SECONDS_IDLE)
    before = server.memory
    visitors = [Visitor(server.port, lengths) for _ in range(count)]
    delays = [SECONDS_TO_PRESS * number / count for number in range(count)]
    await asyncio.gather(*(visitor.open(delay, seconds) for visitor, delay in zip(visitors, delays, strict=True)))
    began, usage = time.monotonic(), Usage(server)
    watching = asyncio.create_task(usage.update_repeatedly())
    await asyncio.gather(
        *(visitor.train(delay, seconds) for visitor, delay in zip(visitors, delays, strict=True) if visitor.is_open)
    )
    watching.cancel()
    usage.update()
    cores, took = usage.cores(), time.monotonic() - began
    await asyncio.sleep(SECONDS_TO_SETTLE)
    idle_from = server.cpu_seconds
    await asyncio.sleep(SECONDS_IDLE)
    return Result(
        label=label,
        records=[visitor.record for visitor in visitors],
        seconds=took,
        cores=cores,
        peaks=(usage.server_peak, usage.workers_peak),
        idle=(server.cpu_seconds - idle_from) / SECONDS_IDLE,
        memory=(before, server.memory),
    )
