"""The worker: a process that trains one run, then ends. Started ahead of need, it has the slow imports behind it.

It reads one line, the path of a run folder, from its standard input and trains that run. When its input closes, whoever
started it is gone: it keeps a checkpoint and ends, and leaves the run as interrupted.
"""

from __future__ import annotations

import os
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
    """Warm up, wait for a run, train it. Exit code 0 unless the process itself is broken."""
    be_nice()
    keep_freed_memory()
    torch.set_num_threads(settings().threads)
    _warm_up()
    line = sys.stdin.readline()
    if not line.strip():
        return 0
    alone = threading.Event()
    threading.Thread(target=_watch_input, args=(alone,), daemon=True).start()
    run_training(Run(Path(line.strip())), cancelled=alone.is_set)
    return 0


def be_nice() -> None:
    """Pages come before what takes its time."""
    with suppress(psutil.Error, OSError):
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else 5)


def _warm_up() -> None:
    """Take one step with a throw-away model: the first optimizer of a process costs a second of imports."""
    from aecore.data import Data, Mnist5k
    from aecore.data.torchvision_compat import torchvision_datasets
    from aecore.training.train import train

    torchvision_datasets()
    some = Split(torch.zeros(8, 1, 28, 28, dtype=torch.uint8), torch.zeros(8, dtype=torch.int64))
    config = next(iter(RECIPES.values())).config(Mnist5k())
    next(train(config, Data(some, some, some, ())))


def _watch_input(alone: threading.Event) -> None:
    while sys.stdin.readline():
        pass
    alone.set()


if __name__ == "__main__":
    sys.exit(main())
