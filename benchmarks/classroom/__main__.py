"""The command line: `python -m benchmarks.classroom`."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import classroom
from benchmarks.classroom.measure import measure
from benchmarks.classroom.report import Result, table

MAX_VISITORS = 200
MAX_SECONDS = 1800.0


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.classroom",
        description=classroom.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own = Path(__file__).parents[2]
    parser.add_argument("--visitors", type=visitors, nargs="+", default=[1, 10, 30, 60], help="sizes of the class")
    parser.add_argument("--tree", type=tree, nargs="+", default=[own], help="checkouts to compare; default: this one")
    parser.add_argument("--seconds", type=seconds, default=240.0, help="bound for each visitor, from the press on")
    parser.add_argument(
        "--length",
        type=length,
        nargs="+",
        default=[],
        metavar="LABEL=NUMBER",
        help="type the training's length into the number field of this name, if the page has it: Epochs=2 Steps=80",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table, with more numbers")
    return parser.parse_args(arguments)


def visitors(text: str) -> int:
    if not 1 <= int(text) <= MAX_VISITORS:
        raise argparse.ArgumentTypeError(f"{text} visitors; it can be 1 to {MAX_VISITORS}.")
    return int(text)


def seconds(text: str) -> float:
    if not 1 <= float(text) <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} s; it can be 1 to {MAX_SECONDS:.0f}.")
    return float(text)


def tree(text: str) -> Path:
    if not (Path(text) / "app.py").is_file():
        raise argparse.ArgumentTypeError(f"{text} has no app.py; name the folder of a checkout.")
    return Path(text).resolve()


def length(text: str) -> tuple[str, float]:
    label, equals, number = text.rpartition("=")
    if not equals or not label:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form Epochs=2.")
    return label, float(number)


def label_of(folder: Path) -> str:
    """The folder's name and its commit, where git knows one."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return folder.name
    return f"{folder.name} ({commit})"


def main() -> None:
    arguments = parse_arguments()
    # An end from outside must end the servers too, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Terminated."))
    results: list[Result] = []
    try:
        for count in arguments.visitors:
            for folder in arguments.tree:
                label = label_of(folder)
                print(f"{label}: {count} visitors", file=sys.stderr, flush=True)
                results.append(measure(folder, label, count, arguments.seconds, dict(arguments.length)))
    except RuntimeError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
    finally:
        if arguments.json:
            print(json.dumps([result.numbers() for result in results]))
        elif results:
            print(table(results))


if __name__ == "__main__":
    main()
