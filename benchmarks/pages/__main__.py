"""The command line: `python -m benchmarks.pages`."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser

from aecore.runs.store import Store
from aecore.utils.settings import cores
from benchmarks import pages
from benchmarks.arguments import count, positive
from benchmarks.classroom.__main__ import tree
from benchmarks.classroom.server import Server, running_server
from benchmarks.pages import report
from benchmarks.pages.browser import Window, running_browser
from benchmarks.pages.measures import GROUPS, PATHS, shown
from benchmarks.pages.training import long_config, slowdowns, training

START, WATCH = "start", "watch"
STATES = ("idle", "training")
COLD_TARGET = 6000.0  # milliseconds


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pages",
        description=pages.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    groups = [START, *GROUPS, WATCH]
    parser.add_argument("--only", nargs="+", choices=groups, default=groups, help="what to measure")
    parser.add_argument("--state", nargs="+", choices=STATES, default=STATES, help="beside what")
    parser.add_argument("--repetitions", type=count, default=20, help="of each act")
    parser.add_argument("--starts", type=count, default=5, help="number of starts of the server")
    parser.add_argument("--rounds", type=count, default=5, help="speeds of a training with and without a browser")
    parser.add_argument("--seconds", type=positive, default=8.0, help="of each of these speeds")
    parser.add_argument("--recipe", default="deep-dense", help="what trains meanwhile")
    parser.add_argument("--data", default="mnist-5k", help="the data it trains on")
    parser.add_argument("--tree", type=tree, default=Path(__file__).parents[2], help="the checkout to measure")
    return parser.parse_args(arguments)


def starts(browser: Browser, tree: Path, count: int) -> Iterator[tuple[float, float]]:
    """Start the server; milliseconds from there to a complete Train page, and of these, since the page was asked for.

    A browser with an empty cache asks for it as soon as the server answers.
    """
    for _ in range(count):
        began = time.time()
        with running_server(tree) as server:
            window = Window(browser, server.port)
            opened = window.open("/train", shown("Train"))
            origin = float(window.page.evaluate("performance.timeOrigin"))
            yield origin + opened - 1000 * began, opened
            window.close()


def measure_acts(browser: Browser, server: Server, arguments: argparse.Namespace) -> Iterator[str]:
    """Measure each act, and yield the rows of the table."""
    store = Store(server.log.parent / "home" / "runs")
    chosen = [measure for name, group in GROUPS.items() if name in arguments.only for measure in group]
    times: dict[str, dict[str, list[float]]] = {state: {} for state in STATES}

    def take(state: str) -> None:
        for measure in chosen:
            taken = measure.take(browser, server.port, store, arguments.repetitions)
            print(f"{state}: {measure.name}:", *(f"{value:.0f}" for value in taken), "ms", file=sys.stderr, flush=True)
            times[state][measure.name] = taken

    visit_all(browser, server.port)
    if "idle" in arguments.state:
        take("idle")
    config = long_config(arguments.recipe, arguments.data)
    speeds: list[tuple[float, float]] = []
    if "training" in arguments.state:
        with training(store, config) as run:
            take("training")
            if WATCH in arguments.only:
                speeds += slowdowns(browser, server.port, run, arguments.rounds, arguments.seconds)
    for measure in chosen:
        idle, busy = (times[state].get(measure.name, []) for state in STATES)
        yield report.row(measure.name, measure.waits_for, idle, busy, measure.target)
    if speeds:
        yield report.slowdown_row(speeds, config.training.batch_size)


def visit_all(browser: Browser, port: int) -> None:
    """Open each page once, so that the server's caches are filled."""
    window = Window(browser, port)
    for title, path in PATHS.items():
        window.open(path, shown(title))
    window.close()


def main() -> None:
    arguments = parse_arguments()
    # An end from outside must end the server too, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Terminated."))
    if arguments.data == "mnist-5k":
        os.environ.pop("AECORE_DATA", None)  # the same data for every visitor of this benchmark
    rows: list[str] = []
    try:
        with running_browser() as browser:
            if START in arguments.only:
                whole, opened = zip(*starts(browser, arguments.tree, arguments.starts), strict=True)
                complete = "a complete Train page, in a browser with an empty cache"
                rows.append(report.row("start the server", complete, whole, (), (COLD_TARGET, None)))
                rows.append(report.row("of these, after the server's first answer", complete, opened, (), (None, None)))
            if set(GROUPS) & set(arguments.only) or WATCH in arguments.only:
                with running_server(arguments.tree) as server:
                    rows += measure_acts(browser, server, arguments)
            version = browser.version
    except RuntimeError as error:
        sys.exit(str(error))
    print(report.HEAD, *rows, sep="\n")
    legend = report.LEGEND.format(count=arguments.repetitions, starts=arguments.starts)
    print(f"\n{legend} While a training runs: `{arguments.recipe}` on `{arguments.data}`.")
    print("The target is of the median while idle / of the 95th percentile while a training runs.")
    print(f"\nPython {platform.python_version()}, Chromium {version}, {cores()} cores, {platform.machine()}.")


if __name__ == "__main__":
    main()
