"""The worker: a process that trains one run and exits. It is started in advance, to have the slow imports done.

It reads one line from standard input, the path of a run folder, and trains that run. When its input closes, the parent
process has ended: the worker writes a checkpoint, marks the run as interrupted and exits.
"""

from __future__ import annotations

import importlib
import os
import queue
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import torch

from aecore.config.recipes import RECIPES
from aecore.data import Split
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.utils.memory import keep_freed_memory
from aecore.utils.settings import settings


def main() -> int:
    """Warm up, wait for a run and train it; the exit code."""
    lower_priority()
    keep_freed_memory()
    torch.set_num_threads(settings().threads)
    lines: queue.Queue[str] = queue.Queue()
    orphaned = threading.Event()
    threading.Thread(target=_read_input, args=(lines, orphaned), daemon=True).start()
    _warm_up()
    if lines.empty():  # there is time for what PCA would import during training, which stands still meanwhile
        importlib.import_module("sklearn.decomposition")
    line = lines.get()
    if line:
        run_training(Run(Path(line)), cancelled=orphaned.is_set)
    return 0


def lower_priority() -> None:
    """Lower the priority of this process, so that pages stay responsive."""
    with suppress(psutil.Error, OSError):
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else 5)


def _warm_up() -> None:
    """Take one training step: the first optimizer of a process costs a second of imports."""
    from aecore.data import Data, Mnist5k
    from aecore.data.torchvision_compat import torchvision_datasets
    from aecore.training.train import train

    torchvision_datasets()
    split = Split(torch.zeros(8, 1, 28, 28, dtype=torch.uint8), torch.zeros(8, dtype=torch.int64))
    config = next(iter(RECIPES.values())).config(Mnist5k())
    next(train(config, Data(split, split, split, ())))


def _read_input(lines: queue.Queue[str], orphaned: threading.Event) -> None:
    for line in sys.stdin:
        lines.put(line.strip())
    orphaned.set()
    lines.put("")


if __name__ == "__main__":
    sys.exit(main())
