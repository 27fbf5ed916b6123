"""Error boundaries: visitors see a message, never a traceback."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import ParamSpec

import streamlit as st
from streamlit.errors import FragmentHandledException

from aecore.errors import DataUnavailable, Diverged, UnreadableRun
from aecore.runs.run import Run
from pages.parts.shell import text
from pages.parts.shell.navigation import page_info

P = ParamSpec("P")


@contextmanager
def error_boundary(what: str = "This page") -> Iterator[None]:
    """Show one message for an exception inside; the traceback goes to the terminal.

    Use it around a page and inside each fragment, because a fragment reruns without the code around it. Streamlit's
    stop and rerun signals do not derive from `Exception` and pass.

    Args:
        what: what failed, for the message.
    """
    try:
        yield
    except FragmentHandledException:
        raise  # the fragment has already shown its message
    except Exception:
        traceback.print_exc(file=sys.stderr)
        _show_failure(what)


def show_script_error(_: Exception) -> bool:
    """Show the message for an error outside any boundary, such as in a callback; the server logs the traceback."""
    _show_failure("This page")
    return True  # handled: Streamlit shows nothing


@contextmanager
def run_errors(run: Run) -> Iterator[None]:
    """Show why a run cannot be shown if its weights or its data are missing or damaged."""
    try:
        yield
    except UnreadableRun as error:
        if not run.folder.is_dir():
            text.info("This run was deleted. Select another one in the sidebar.")
        elif run.state().active:
            st.caption("This run has no weights yet. They appear within seconds of its first steps.")
            train = page_info("train")
            st.page_link(train.file, label="Watch it train", icon=train.icon, query_params={"run": run.id})
        else:
            text.info(str(error))
    except (DataUnavailable, Diverged) as error:
        text.info(str(error))


def fragment(what: str, run_every: float | None = None) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Decorator: a fragment with an error boundary, and with `run_errors` if its first argument is a run.

    Args:
        what: what failed, for the message: "The map".
        run_every: seconds between automatic reruns; None for none.
    """

    def decorate(draw: Callable[P, None]) -> Callable[P, None]:
        @wraps(draw)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            run = args[0] if args else None
            with error_boundary(what), run_errors(run) if isinstance(run, Run) else nullcontext():
                draw(*args, **kwargs)

        return st.fragment(guarded, run_every=run_every)

    return decorate


def _show_failure(what: str) -> None:
    st.error(
        f"{what} ran into a problem and stopped. Your runs are safe. Reload the page; if it happens again, select "
        "another run in the sidebar. The terminal shows the details.",
        icon=":material/error:",
    )
