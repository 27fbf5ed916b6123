"""Galleries: people's own pictures, kept under AECORE_HOME to learn from. A gallery never changes; it can be deleted.

collection.json          its name
pictures.safetensors  the pictures (N, 3, 64, 64) uint8, and how many there are
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import shutil
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aecore.images.prepare import Picture, prepare
from aecore.utils.files import replace_file, sync_folder
from aecore.utils.settings import settings
from aecore.utils.tensors import read_metadata, read_tensors, write_tensors

SIDE = 64  # pixels; what a model is given is scaled down from it
FEWEST, MOST = 30, 5000  # pictures in a gallery
LONGEST_NAME = 40

_ID = re.compile(r"[a-z0-9-]{1,40}-[0-9a-f]{8}")


@dataclass(frozen=True)
class ImageCollection:
    """A kept collection of pictures."""

    id: str  # its name in plain letters, and a sum of its pictures: the same id always holds the same pictures
    name: str
    count: int

    def pictures(self) -> Tensor:
        """All of them, (N, 3, 64, 64) uint8. Raises FileNotFoundError or ValueError."""
        return read_tensors(_folder(self.id) / "pictures.safetensors")[0]["pictures"]


def keep(name: str, pictures: Iterable[Picture], steps: Collection[str] = ("square",)) -> ImageCollection:
    """Keep pictures as a gallery.

    Args:
        name: what a person calls it.
        pictures: each (H, W) or (H, W, 3) uint8, taken one by one.
        steps: names of `aecore.images.prepare.STEPS`, taken on the way to 64 x 64.

    Raises:
        ValueError: there are too few or too many pictures, or the name is empty.
        OSError: the disk refuses.
    """
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise ValueError("The pictures need a name to be found by; give them one.")
    small = [prepare(picture, (3, SIDE, SIDE), steps).given for picture in itertools.islice(pictures, MOST + 1)]
    if len(small) < FEWEST:
        raise ValueError(
            f"There are {len(small)} pictures that can be used; learning takes {FEWEST} or more. Add some."
        )
    if len(small) > MOST:
        raise ValueError(f"There are more than {MOST:,} pictures, which is the most that are kept. Leave some out.")
    given = np.stack(small)
    tensor = torch.from_numpy(given).permute(0, 3, 1, 2).contiguous()
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:31] or "pictures"
    gallery = ImageCollection(f"{plain}-{hashlib.sha256(given.tobytes()).hexdigest()[:8]}", name, len(tensor))
    _write(gallery, tensor)
    return gallery


def list_collections() -> list[ImageCollection]:
    """All that can be read, the newest first."""
    with suppress(OSError):
        folders = [f for f in settings().pictures.iterdir() if _ID.fullmatch(f.name)]
        found = [(f.stat().st_mtime, gallery) for f in folders if (gallery := find(f.name))]
        return [gallery for _, gallery in sorted(found, key=lambda entry: entry[0], reverse=True)]
    return []


def find(gallery_id: str) -> ImageCollection | None:
    """A gallery by its id; None where there is none that can be read. No other folder is touched, whatever the id."""
    if not _ID.fullmatch(gallery_id):
        return None
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads((_folder(gallery_id) / "collection.json").read_bytes())
        count = int(read_metadata(_folder(gallery_id) / "pictures.safetensors")["count"])
        return ImageCollection(gallery_id, str(told["name"]), count)
    return None


def delete(gallery: ImageCollection) -> None:
    """Remove a gallery; runs that learned from it stay."""
    doomed = settings().pictures / f".{gallery.id}-{time.time_ns()}"
    with suppress(FileNotFoundError):
        os.rename(_folder(gallery.id), doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _write(gallery: ImageCollection, pictures: Tensor) -> None:
    """Seen whole or not at all; the same pictures kept twice are kept once."""
    folder = _folder(gallery.id)
    if find(gallery.id):
        return
    being_made = folder.with_name(f".{folder.name}-{time.time_ns()}")
    try:
        being_made.mkdir(parents=True)
        write_tensors(being_made / "pictures.safetensors", {"pictures": pictures}, {"count": str(len(pictures))})
        replace_file(being_made / "collection.json", json.dumps({"name": gallery.name}).encode())
        if folder.exists():  # damaged, or it would have been found
            shutil.rmtree(folder)
        os.rename(being_made, folder)
        sync_folder(folder.parent)
    except OSError:
        shutil.rmtree(being_made, ignore_errors=True)
        raise


def _folder(gallery_id: str) -> Path:
    return settings().pictures / gallery_id
