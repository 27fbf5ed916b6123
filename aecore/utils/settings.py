"""Where things are kept and how much may run at once: every setting that comes from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import joblib
import platformdirs

#: Every environment variable the project reads, with what it does; the README's table is checked against it.
SETTINGS = {
    "AECORE_HOME": "Folder for data, runs, your pictures and caches. Default: the platform's user data folder.",
    "AECORE_DATA": "Folder of the data sets in torchvision's layout. Default: `data` inside `AECORE_HOME`.",
    "AECORE_SLOTS": "How many runs may train at once. Default: half the processor cores, at least one.",
    "AECORE_MNIST_MIRROR": "Address of a folder with MNIST's four .gz files, asked before the public ones.",
}


@dataclass(frozen=True)
class Settings:
    """The settings in force, read from the environment once per call of `settings()`."""

    home: Path
    data: Path
    slots: int
    mnist_mirror: str | None

    @property
    def runs(self) -> Path:
        """The folder of the run folders."""
        return self.home / "runs"

    @property
    def pictures(self) -> Path:
        """The folder of people's own pictures."""
        return self.home / "pictures"

    @property
    def cache(self) -> Path:
        """The folder for what can be computed again: safe to delete at any time."""
        return self.home / "cache"

    @property
    def threads(self) -> int:
        """Threads for one training process, so that all slots together fill the cores and no more."""
        return max(1, cores() // self.slots)


def cores() -> int:
    """Processor cores this process may use (affinity and container limits respected)."""
    return int(joblib.cpu_count())


def settings() -> Settings:
    """The settings in force.

    Raises:
        ValueError: AECORE_SLOTS is not a whole number of 1 or more.
    """
    home = Path(os.environ.get("AECORE_HOME") or platformdirs.user_data_dir("autoencoder-lab")).expanduser().absolute()
    data = Path(os.environ.get("AECORE_DATA") or home / "data").expanduser().absolute()
    given = os.environ.get("AECORE_SLOTS") or str(max(1, cores() // 2))
    if not given.isdecimal() or int(given) < 1:
        raise ValueError(f"AECORE_SLOTS is {given!r}; it must be a whole number of 1 or more.")
    return Settings(home, data, int(given), os.environ.get("AECORE_MNIST_MIRROR") or None)
