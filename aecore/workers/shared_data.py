"""Datasets of one process, loaded once for all runs that train on them."""

from __future__ import annotations

from collections import deque
from weakref import WeakValueDictionary

from aecore.data import Data, Dataset

KEPT = 2  # datasets that stay loaded without a run


class SharedData:
    """Loads datasets. A dataset stays in memory as long as a run uses it, and the last ones for the next run."""

    def __init__(self) -> None:
        self._loaded: WeakValueDictionary[str, Data] = WeakValueDictionary()
        self._recent: deque[Data] = deque(maxlen=KEPT)

    def load(self, dataset: Dataset) -> Data:
        """Load a dataset, or return it if it is loaded. Raises DataUnavailable."""
        key = dataset.model_dump_json()
        data = self._loaded.get(key)
        if data is None:
            data = self._loaded[key] = dataset.load()
        if not any(data is recent for recent in self._recent):
            self._recent.append(data)
        return data
