"""The command line interface. Exit codes: 0 success, 1 failure, 2 invalid arguments, 130 interrupted.

A file in `commands` defines one group of commands. It imports torch, and what needs torch, only inside the functions
that run them, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from aecore.cli.commands import all_commands
from aecore.errors import AecoreError, InvalidArguments
from aecore.utils.one_line import one_line
from aecore.utils.suggestions import did_you_mean
from aecore.utils.version import VERSION

#: What the commands import, the slowest first.
_SLOW_IMPORTS = ("torch", "aecore.runs.reproduce", "aecore.runs.execute", "aecore.runs.store")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidArguments(f"{message[0].upper()}{message[1:]}. See `{self.prog} --help`.")


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    root = _Parser(prog="python -m aecore", description="Train autoencoders from the command line.")
    root.add_argument("--version", action="version", version=f"aecore {VERSION}", help="print the version")
    commands = root.add_subparsers(dest="command", required=True, metavar="command", parser_class=_Parser)
    for command in all_commands().values():
        description = f"{command.help[0].upper()}{command.help[1:]}."
        arguments = commands.add_parser(command.name, help=command.help, description=description)
        command.add_arguments(arguments)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code."""
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (InvalidArguments, ValueError) as error:
        print(one_line(f"aecore: {error}"), file=sys.stderr)
        return 2
    except AecoreError as error:
        print(one_line(f"aecore: {error}"), file=sys.stderr)
        return 1
    except OSError as error:
        print(one_line(f"aecore: {_disk_error(error)}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: Sequence[str]) -> int:
    _check_command(arguments)
    options = parser().parse_args(arguments)
    with _interrupt_ends_process():
        for module in _SLOW_IMPORTS:
            importlib.import_module(module)
    return all_commands()[options.command].run(options)


def _check_command(arguments: Sequence[str]) -> None:
    """Suggest a command for a misspelled one. Raises InvalidArguments."""
    name, commands = next(iter(arguments), "-"), all_commands()
    if not name.startswith("-") and name not in commands:
        mean = did_you_mean(name, commands)
        raise InvalidArguments(f"There is no command {name!r}; possible values are {', '.join(commands)}.{mean}")


@contextmanager
def _interrupt_ends_process() -> Iterator[None]:
    """Let Ctrl-C end the process at once, without a traceback.

    Python would raise KeyboardInterrupt inside an import, where libraries turn it into other errors or print it.
    """
    previous = signal.getsignal(signal.SIGINT)
    if previous is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _disk_error(error: OSError) -> str:
    from aecore.utils.files import disk_error_message
    from aecore.utils.settings import settings

    return disk_error_message(settings().home, error)
