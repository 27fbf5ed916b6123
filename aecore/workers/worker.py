"""The worker: a process that trains runs in turn. It is started in advance, to have the slow imports done.

It reads paths of run folders from standard input, one per line, trains these runs, and prints the id of each that has
ended. When its input closes, the parent process has ended or needs it no longer: the worker writes checkpoints, puts
its runs back into the queue and exits.
"""

from __future__ import annotations

import gc
import importlib
import os
import queue
import sys
import threading
from contextlib import suppress
from pathlib import Path

import torch

from aecore.config.recipes import RECIPES
from aecore.data import Split
from aecore.runs.execute import execute
from aecore.runs.run import Run
from aecore.utils.process import importing, lower_priority, return_freed_memory
from aecore.utils.settings import settings
from aecore.workers.marker import Marker
from aecore.workers.run_lock import SECONDS_BETWEEN_TRIES
from aecore.workers.scheduler import Scheduler, Steps
from aecore.workers.shared_data import SharedData


def main(root: Path) -> int:
    """Warm up, then train runs of the folder `root` until the input closes; the exit code."""
    lower_priority()
    torch.set_num_threads(settings().threads)
    output, sys.stdout = sys.stdout, sys.stderr  # for the queue; what libraries print goes to the log
    lines: queue.Queue[str] = queue.Queue()
    orphaned = threading.Event()
    threading.Thread(target=read_input, args=(lines, orphaned), daemon=True).start()
    with importing():
        _warm_up()
        if lines.empty():  # there is time for what PCA would import during training, which stands still meanwhile
            importlib.import_module("sklearn.decomposition")
    marker = Marker(root, os.getpid())
    try:
        marker.write()
        data = SharedData()

        def start(run: Run) -> Steps:
            return execute(run, cancelled=orphaned.is_set, load=data.load, restart=True)

        def report_end(run_id: str) -> None:
            with suppress(OSError):  # the parent process has ended
                print(run_id, file=output, flush=True)

        _train(Scheduler(start, marker.write, report_end), lines, orphaned)
    finally:
        marker.remove()
    return 0


def _train(scheduler: Scheduler, lines: queue.Queue[str], orphaned: threading.Event) -> None:
    while not orphaned.is_set():
        if not len(scheduler):
            _add(scheduler, lines.get())
        while not lines.empty():
            _add(scheduler, lines.get())
        if not scheduler.train_slice():
            orphaned.wait(SECONDS_BETWEEN_TRIES if len(scheduler) else 0.0)
        elif not len(scheduler):
            gc.collect()
            return_freed_memory()
    scheduler.close()


def _add(scheduler: Scheduler, line: str) -> None:
    if line:
        scheduler.add(Run(Path(line)))


def _warm_up() -> None:
    """Take one training step: the first optimizer of a process costs a second of imports."""
    from aecore.data import Data, Mnist5k, default_dataset
    from aecore.training.train import train

    default_dataset()  # imports torchvision if the full MNIST is here
    split = Split(torch.zeros(8, 1, 28, 28, dtype=torch.uint8), torch.zeros(8, dtype=torch.int64))
    config = next(iter(RECIPES.values())).config(Mnist5k())
    next(train(config, Data(split, split, split, ())))


def read_input(lines: queue.Queue[str], orphaned: threading.Event) -> None:
    """Read lines from standard input; when it closes, set `orphaned` and add an empty line."""
    for line in sys.stdin:
        lines.put(line.strip())
    orphaned.set()
    lines.put("")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
