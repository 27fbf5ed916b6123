"""Settings from environment variables: where files are stored, how many runs train in parallel, and a teacher's key."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import joblib
import platformdirs

#: Every environment variable that the project reads, with its effect; the README's table is checked against it.
SETTINGS = {
    "AECORE_HOME": "Folder for data, runs, your pictures and caches. Default: the platform's user data folder.",
    "AECORE_DATA": "Folder of the datasets in torchvision's layout. Default: `data` inside `AECORE_HOME`.",
    "AECORE_SLOTS": "Number of training processes. Default: half the processor cores, at least one.",
    "AECORE_RUNS_PER_SLOT": "Number of runs that a training process trains in turn; others wait. Default: 64.",
    "AECORE_MAX_RUNS": "Number of runs that a visitor may have queued or in training at a time. Default: 3.",
    "AECORE_MAX_MINUTES": "Longest training of a visitor, in minutes without those of other runs. Default: 60.",
    "AECORE_MAX_PARAMETERS": "Largest model of a visitor, in parameters. Default: 20,000,000.",
    "AECORE_MAX_TRAINING_MB": "Memory of a visitor's training: weights, optimizer and one batch. Default: 1000.",
    "AECORE_MAX_UPLOAD_MB": "Memory for the uploaded files of a visitor. Default: 400.",
    "AECORE_MAX_ALL_UPLOADS_MB": "Memory for the uploaded files of all visitors together. Default: 2000.",
    "AECORE_MNIST_MIRROR": "URL of a folder with MNIST's four .gz files, tried before the public ones; for other "
    "datasets `AECORE_FASHION_MNIST_MIRROR`, `AECORE_KMNIST_MIRROR`.",
    "AECORE_RAY": "Ray cluster whose nodes train the runs: `auto` or an address. Default: none.",
    "AECORE_ADMIN_KEY": "Key that opens the runs of all visitors to a teacher. Default: none.",
}


@dataclass(frozen=True)
class Limits:
    """What a visitor of a server may ask for; the owner of the machine may ask for anything.

    Each is read from the environment variable of its name: `AECORE_MAX_RUNS`.
    """

    runs: int = 3  # queued or in training
    minutes: int = 60  # of one training
    parameters: int = 20_000_000
    training_mb: int = 1000  # see `aecore.training.memory.training_size`
    upload_mb: int = 400  # held in memory
    all_uploads_mb: int = 2000  # the same, of all visitors together


@dataclass(frozen=True)
class Settings:
    """The current settings, as `settings()` read them from the environment."""

    home: Path
    data: Path
    slots: int
    runs_per_slot: int
    mirrors: Mapping[str, str]  # URL of a folder with the dataset's files, by its kind
    admin_key: str | None
    ray: str | None
    limits: Limits

    @property
    def runs(self) -> Path:
        """Folder of the run folders."""
        return self.home / "runs"

    @property
    def collections(self) -> Path:
        """Folder of the image collections."""
        return self.home / "pictures"

    @property
    def cache(self) -> Path:
        """Folder of files that can be recomputed: safe to delete at any time."""
        return self.home / "cache"

    @property
    def threads(self) -> int:
        """Number of threads per training process, such that all slots together use each core once."""
        return max(1, cores() // self.slots)


def cores() -> int:
    """Return the number of processor cores available to this process, within affinity and container limits."""
    return int(joblib.cpu_count())


def settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        ValueError: a number is not a whole number of 1 or more, or a folder is in the home of an unknown user.
    """
    home = _folder("AECORE_HOME") or Path(platformdirs.user_data_dir("autoencoder-lab")).absolute()
    data = _folder("AECORE_DATA") or home / "data"
    slots, runs_per_slot = _count("AECORE_SLOTS"), _count("AECORE_RUNS_PER_SLOT")
    admin_key = (os.environ.get("AECORE_ADMIN_KEY") or "").strip() or None
    ray = (os.environ.get("AECORE_RAY") or "").strip() or None
    limits = Limits(**{name: _count(f"AECORE_MAX_{name.upper()}") or n for name, n in asdict(Limits()).items()})
    return Settings(home, data, slots or max(1, cores() // 2), runs_per_slot or 64, _mirrors(), admin_key, ray, limits)


def _mirrors() -> dict[str, str]:
    found = ((re.fullmatch("AECORE_(.+)_MIRROR", name), url) for name, url in os.environ.items())
    return {match[1].lower().replace("_", "-"): url for match, url in found if match and url}


def settings_for_nodes() -> dict[str, str]:
    """Return the environment variables of this server that apply to the nodes of a Ray cluster too."""
    return {name: os.environ[name] for name in ("AECORE_SLOTS", "AECORE_RUNS_PER_SLOT") if name in os.environ}


def use_node_settings(home: Path, cpus: int) -> None:
    """Set this process, a trainer on a node of a Ray cluster, to a home of its own and to the node's cores."""
    for name in ("AECORE_DATA", "AECORE_RAY", "OMP_NUM_THREADS"):  # Ray sets one thread; workers set their own number
        os.environ.pop(name, None)
    os.environ["AECORE_HOME"] = str(home)
    os.environ.setdefault("LOKY_MAX_CPU_COUNT", str(cpus))  # which `cores` respects


def _folder(name: str) -> Path | None:
    value = os.environ.get(name)
    try:
        return Path(value).expanduser().absolute() if value else None
    except RuntimeError as error:
        raise ValueError(f"{name} is {value!r}, but the home folder of that user is not known.") from error


def _count(name: str) -> int | None:
    value = os.environ.get(name)
    if value and (not value.isdecimal() or int(value) < 1):
        raise ValueError(f"{name} is {value!r}; it must be a whole number of 1 or more.")
    return int(value) if value else None
