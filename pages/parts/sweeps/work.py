"""Work on whole sweeps, which creates or deletes many folders: in a thread, so that no page waits for it."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from filelock import Timeout

from aecore.errors import UnreadableSweep
from aecore.runs.sweeps.sweep import Sweep
from aecore.utils.files import disk_error_message
from aecore.workers.sweeps import delete_sweep, stop_sweep, submit_sweep
from pages.parts.shell import resources

STARTING, STOPPING, DELETING = "Queuing the runs …", "Stopping the runs …", "Deleting the runs …"
_BUSY = "Another process is working on this sweep. Try again in a few seconds."


@dataclass
class Work:
    """What the server does with a sweep, or why that failed."""

    label: str
    running: bool = True
    problem: str = ""

    def run(self, action: Callable[[], None]) -> None:
        """Do it."""
        try:
            action()
        except UnreadableSweep:  # deleted meanwhile: the page says so
            pass
        except Timeout:
            self.problem = _BUSY
        except OSError as error:
            self.problem = disk_error_message(resources.store().root, error)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            self.problem = "This action failed. The terminal shows the details."
        finally:
            self.running = False


@st.cache_resource(show_spinner=False)
def _works() -> dict[str, Work]:
    return {}


def current(sweep_id: str) -> Work | None:
    """The last work on a sweep, running or ended; None if there was none."""
    return _works().get(sweep_id)


def start(sweep: Sweep) -> None:
    """Queue the runs of a sweep that have not finished."""
    queue = resources.queue()
    _begin(sweep, STARTING, lambda: submit_sweep(queue, sweep))


def stop(sweep: Sweep) -> None:
    """Stop the runs of a sweep."""
    _begin(sweep, STOPPING, lambda: stop_sweep(sweep))


def delete(sweep: Sweep) -> None:
    """Delete a sweep with its runs."""
    store = resources.store()
    _begin(sweep, DELETING, lambda: delete_sweep(store, sweep))


def _begin(sweep: Sweep, label: str, action: Callable[[], None]) -> None:
    works, before = _works(), current(sweep.id)
    if before and before.running and before.label in (label, DELETING):
        return  # a second click, or nothing is left to do
    work = works[sweep.id] = Work(label)
    threading.Thread(target=work.run, args=(action,), daemon=True).start()
