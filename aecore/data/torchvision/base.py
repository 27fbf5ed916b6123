"""TorchvisionDataset: the base of datasets that torchvision downloads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from aecore.data.base import Data, Shape, Split, validation_field
from aecore.data.labeled import LabeledDataset
from aecore.data.torchvision.compat import torchvision_datasets
from aecore.data.torchvision.downloads import download
from aecore.errors import DataUnavailable
from aecore.utils.settings import settings

#: Errors that torchvision raises for missing, unreadable or truncated files.
_MISSING_OR_DAMAGED = (RuntimeError, OSError, ValueError, IndexError, AssertionError)


class TorchvisionDataset(LabeledDataset):
    """Base class of the datasets of 28 x 28 gray pixels in torchvision, with its folders, checksums and mirrors."""

    source_class: ClassVar[str]

    validation: int = validation_field(5000)

    @property
    def input_shape(self) -> Shape:
        return (1, 28, 28)

    def available(self) -> bool:
        return self._can_load(train=False)

    def fetch(self, progress: Callable[[int, int], None]) -> None:
        if not (self._can_load(train=False) and self._can_load(train=True)):
            download(self._class(), settings().data, self.download_bytes, settings().mirrors.get(self.kind), progress)

    def load(self) -> Data:
        try:
            pool, test = (
                Split(source.data[:, None], source.targets) for source in (self._source(True), self._source(False))
            )
        except _MISSING_OR_DAMAGED as error:
            raise DataUnavailable(self.unavailable_message()) from error
        return self._split(pool, test)

    def stored_files(self) -> dict[str, Path]:
        if not (self._can_load(train=False) and self._can_load(train=True)):
            raise DataUnavailable(self.unavailable_message())
        folder = Path(self.source_class) / "raw"
        files = (path for path in (settings().data / folder).iterdir() if path.suffix != ".gz")
        return {(Path("data") / folder / path.name).as_posix(): path for path in files}

    def _can_load(self, train: bool) -> bool:
        if not (settings().data / self.source_class).is_dir():  # importing torchvision takes a second
            return False
        try:
            self._source(train)
        except _MISSING_OR_DAMAGED:
            return False
        return True

    def _class(self) -> type:
        return getattr(torchvision_datasets(), self.source_class)  # type: ignore[no-any-return]

    def _source(self, train: bool):  # type: ignore[no-untyped-def]
        return self._class()(settings().data, train=train)
