"""Image collections: users' own images, stored under AECORE_HOME to train on. Collections are immutable.

collection.json       the name, how the images were prepared, and the names of their classes; called gallery.json by
                      the first version, which is still read, as is a file with only the name
pictures.safetensors  the images (N, 3, 64, 64) uint8, and their number as metadata; with classes, their labels (N,)

The images are whole pictures, or the patches of larger pictures at their own resolution; collection.json then has the
sizes of these.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aecore.images.patches import cut, positions, to_patch_picture
from aecore.images.prepare import PREPARATION_STEPS, SQUARE_STEPS, ImageArray, Size, prepare
from aecore.images.tiles import Pixels
from aecore.utils.files import create_folder_atomically, remove_folder, replace_file
from aecore.utils.one_line import one_line
from aecore.utils.settings import settings
from aecore.utils.strict_json import to_json
from aecore.utils.tensors import read_metadata, read_tensors, write_tensors

STORED_SIDE = 64  # pixels; model inputs are scaled down from it
MIN_IMAGES, MAX_IMAGES = 20, 5000  # per collection
MAX_PATCHES = 20_000  # per collection
MAX_NAME_LENGTH = 40
MAX_CLASSES = 100  # per collection
NO_FOLDER = "no folder"  # class of the images without one, where others have one

_ID = re.compile(r"[a-z0-9-]{1,40}-[0-9a-f]{8}")
_DESCRIPTION_FILES = ("collection.json", "gallery.json")  # newest format first
_IMAGES_FILE = "pictures.safetensors"


@dataclass(frozen=True)
class ImageCollection:
    """A stored collection of images."""

    id: str  # the name in plain letters and a hash of the rest: an id always identifies the same images
    name: str
    count: int
    created: float = field(compare=False)  # seconds since 1970
    steps: tuple[str, ...] = SQUARE_STEPS["crop"]  # of the preparation, in the order of application
    class_names: tuple[str, ...] = ()  # none, or at least two
    sizes: tuple[Size, ...] = ()  # of the pictures whose patches are the images, in their order; none without patches

    @property
    def pictures(self) -> int:
        """Number of pictures."""
        return len(self.sizes) or self.count

    def picture_lengths(self) -> list[int]:
        """Return the number of images of each picture: its patches, or 1."""
        return [len(positions(size)) for size in self.sizes] or [1] * self.count

    def load_images(self) -> Tensor:
        """Load all images, (N, 3, 64, 64) uint8. Raises the same errors as `load`."""
        return self.load()[0]

    def load(self) -> tuple[Tensor, Tensor]:
        """Load all images, (N, 3, 64, 64) uint8, and their labels (N,), which are 0 without classes.

        Raises:
            FileNotFoundError: the collection was deleted.
            ValueError, KeyError: its file is damaged.
        """
        tensors = read_tensors(_folder(self.id) / _IMAGES_FILE)[0]
        images = tensors["pictures"]
        labels = tensors["labels"] if self.class_names else torch.zeros(len(images), dtype=torch.int64)
        if labels.shape != (len(images),) or not set(labels.tolist()) <= set(range(max(1, len(self.class_names)))):
            raise ValueError("the labels do not fit the images")
        return images, labels


@dataclass(frozen=True)
class ImageInFolder:
    """An image of a collection, and the name of the folder that holds it, which can become its class."""

    image: ImageArray
    folder: str


def create_collection(
    name: str,
    images: Iterable[ImageArray | ImageInFolder],
    steps: Collection[str] = SQUARE_STEPS["crop"],
    patches: bool = False,
) -> ImageCollection:
    """Store images as a collection. Storing the same images under the same name again has no effect.

    Of equal images only the first is stored: otherwise the same image could be in the training and the test set. If
    they come from 2 to `MAX_CLASSES` folders, the folders are their classes.

    Args:
        name: the name to show to users.
        images: each (H, W) or (H, W, 3) uint8, perhaps in a folder; consumed one by one.
        steps: names of `aecore.images.prepare.PREPARATION_STEPS` to apply before scaling to 64 x 64.
        patches: whether to cut the images into patches of 64 x 64 at their own resolution, instead of scaling them.

    Raises:
        ValueError: there are too few or too many images, or the name is empty.
        OSError: the disk is full or read-only.
    """
    name = one_line(name)[:MAX_NAME_LENGTH]
    if not name:
        raise ValueError("The collection has no name; enter one.")
    pixels, folders, sizes = _prepared(images, steps, patches)
    tensors = {"pictures": torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()}
    if class_names := _class_names(folders):
        tensors["labels"] = torch.tensor([class_names.index(folder or NO_FOLDER) for folder in folders])
    else:
        folders = []
    steps = _ordered(steps)
    collection_id = _id(name, pixels, steps, folders, sizes)
    if (stored := find_collection(collection_id)) is not None:
        return stored
    collection = ImageCollection(collection_id, name, len(pixels), time.time(), steps, class_names, sizes)
    _write(collection, tensors)
    return collection


def _prepared(
    images: Iterable[ImageArray | ImageInFolder], steps: Collection[str], patches: bool
) -> tuple[Pixels, list[str], tuple[Size, ...]]:
    """Return the images to store (N, 64, 64, 3), their folders, and with patches the sizes of the pictures."""
    stored: list[Pixels] = []
    folders: list[str] = []
    sizes: list[Size] = []
    for count, (picture, folder) in enumerate(_distinct(images, steps, patches), 1):
        parts = cut(picture) if patches else picture[None]
        stored.append(parts)
        folders += [folder] * len(parts)
        sizes += [(picture.shape[0], picture.shape[1])] * patches
        if count > MAX_IMAGES:
            raise ValueError(f"There are more than {MAX_IMAGES:,} images, the maximum per collection. Leave some out.")
        if patches and len(folders) > MAX_PATCHES:
            raise ValueError(f"The pictures have more than {MAX_PATCHES:,} patches, the maximum. Leave some out.")
    if len(stored) < MIN_IMAGES:
        found = "is 1 usable image" if len(stored) == 1 else f"are {len(stored)} usable images"
        raise ValueError(f"There {found}; training takes {MIN_IMAGES} or more different ones. Add some.")
    return np.concatenate(stored), folders, tuple(sizes)


def class_note(class_names: Sequence[str], folders: Iterable[str]) -> str:
    """Return a sentence on whether images from these folders have classes; empty if they are not from several."""
    several = len(set(folders) - {""})
    if class_names:
        return f"Their folders are their {len(class_names)} classes."
    return f"Their {several:,} folders are no classes; at most {MAX_CLASSES} can be." if several > 1 else ""


def _class_names(folders: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the classes; none if one folder or none holds the images, or too many do."""
    found = set(folders) - {""}
    if not 2 <= len(found) <= MAX_CLASSES:
        return ()
    return tuple(sorted(found | ({NO_FOLDER} if "" in folders else set())))


def _id(name: str, pixels: Pixels, steps: tuple[str, ...], folders: Sequence[str], sizes: tuple[Size, ...]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:31] or "pictures"
    digest = hashlib.sha256(pixels.tobytes())
    if steps != SQUARE_STEPS["crop"]:  # else the id is the same as in versions without this choice
        digest.update(to_json(steps).encode())
    if folders:
        digest.update(to_json(folders).encode())
    if sizes:
        digest.update(to_json({"sizes": sizes}).encode())
    return f"{slug}-{digest.hexdigest()[:8]}"


def _ordered(steps: Collection[str]) -> tuple[str, ...]:
    """Return the known steps in the order of their application."""
    return tuple(step.name for step in PREPARATION_STEPS if step.name in steps)


def _distinct(
    images: Iterable[ImageArray | ImageInFolder], steps: Collection[str], patches: bool
) -> Iterator[tuple[Pixels, str]]:
    """Yield the prepared images, (64, 64, 3) or to be cut, and their folders without repetitions."""
    seen: set[bytes] = set()
    for given in images:
        given = given if isinstance(given, ImageInFolder) else ImageInFolder(given, "")
        if patches:
            prepared = to_patch_picture(given.image)
        else:
            prepared = prepare(given.image, (3, STORED_SIDE, STORED_SIDE), steps).model_input
        digest = hashlib.sha256(to_json(prepared.shape).encode() + prepared.tobytes()).digest()
        if digest not in seen:
            seen.add(digest)
            yield prepared, " ".join(given.folder.split())


def list_collections() -> list[ImageCollection]:
    """Return all readable collections, newest first."""
    with suppress(OSError):
        found = map(find_collection, sorted(folder.name for folder in settings().collections.iterdir()))
        return sorted(filter(None, found), key=lambda collection: collection.created, reverse=True)
    return []


def collection_labels() -> dict[str, str]:
    """Return the name of each collection by its id, newest first; with its date where several have the same name."""
    found = list_collections()
    counts = Counter(collection.name for collection in found)
    return {c.id: c.name if counts[c.name] == 1 else f"{c.name} ({_date(c)})" for c in found}


def find_collection(collection_id: str) -> ImageCollection | None:
    """Return a collection by its id, or None if there is no readable one.

    An invalid id never accesses another folder.
    """
    if not _ID.fullmatch(collection_id):
        return None
    with suppress(OSError, ValueError, KeyError, TypeError):
        folder = _folder(collection_id)
        stored, count = _read_description(folder), int(read_metadata(folder / _IMAGES_FILE)["count"])
        steps = _ordered(stored.get("steps", SQUARE_STEPS["crop"]))
        class_names = tuple(map(str, stored.get("classes", ())))
        sizes = tuple((int(height), int(width)) for height, width in stored.get("sizes", ()))
        created = folder.stat().st_mtime
        found = ImageCollection(collection_id, str(stored["name"]), count, created, steps, class_names, sizes)
        return found if sum(found.picture_lengths()) == count else None
    return None


def collection_files(collection_id: str) -> list[Path]:
    """Return the files of a collection, below AECORE_HOME. Raises FileNotFoundError."""
    return sorted(_folder(collection_id).iterdir())


def delete_collection(collection: ImageCollection) -> None:
    """Delete a collection. Runs that were trained on it remain."""
    remove_folder(_folder(collection.id))


def _date(collection: ImageCollection) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(collection.created))


def _read_description(folder: Path) -> Mapping[str, Any]:
    files = [folder / name for name in _DESCRIPTION_FILES]
    description = json.loads(next((file for file in files if file.exists()), files[0]).read_bytes())
    if not isinstance(description, dict):
        raise ValueError("the description is no object")
    return description


def _write(collection: ImageCollection, tensors: dict[str, Tensor]) -> None:
    # An existing folder is damaged, or `find_collection` would have found it.
    with create_folder_atomically(_folder(collection.id), replace=True) as folder:
        write_tensors(folder / _IMAGES_FILE, tensors, {"count": str(collection.count)})
        description: dict[str, Any] = {
            "name": collection.name,
            "steps": collection.steps,
            "classes": collection.class_names,
        }
        if collection.sizes:
            description["sizes"] = collection.sizes
        replace_file(folder / _DESCRIPTION_FILES[0], to_json(description).encode())


def _folder(collection_id: str) -> Path:
    return settings().collections / collection_id
