"""Data to train on: downloads, and people's own pictures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from aecore.cli.command import Command
from aecore.cli.pictures import read_pictures
from aecore.errors import DataUnavailable, InvalidArguments
from aecore.utils.strict_json import to_json
from aecore.utils.suggestions import did_you_mean

if TYPE_CHECKING:
    from aecore.data import Dataset
    from aecore.data.collections import ImageInFolder


def _fetch_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", help="a kind of dataset from `options`, such as mnist")
    parser.add_argument("--json", action="store_true", help="print the progress to stdout as JSON lines")


def _fetch(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from aecore.utils.settings import settings

    dataset = _dataset(options.dataset)
    if not dataset.download_bytes:
        if not dataset.available():
            raise DataUnavailable(f"{dataset.unavailable_message()} (`python -m aecore {dataset.fetch_command()}`)")
        if not options.json:
            print(f"{dataset.title} needs no download.")
        return 0
    if options.json:
        dataset.fetch(lambda done, total: print(to_json({"done": done, "total": total}), flush=True))
        return 0
    with tqdm(total=None, unit="B", unit_scale=True, file=sys.stderr, desc=options.dataset) as bar:

        def update(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        dataset.fetch(update)
    print(f"{dataset.title} is in {settings().data}.")
    return 0


def _dataset(kind: str) -> Dataset:
    from aecore.data import Dataset
    from aecore.options.registry import options_by_kind

    datasets = options_by_kind(Dataset)
    if kind not in datasets:
        mean = did_you_mean(kind, datasets)
        raise InvalidArguments(f"There is no dataset {kind!r}; possible values are {', '.join(datasets)}.{mean}")
    return datasets[kind].model_validate({})


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="name of the collection")
    parser.add_argument("paths", nargs="+", type=Path, metavar="path", help="image files, zip files or folders")
    preparation = parser.add_mutually_exclusive_group()
    preparation.add_argument(
        "--fit", action="store_true", help="add black borders to pictures that are not square, instead of cropping them"
    )
    preparation.add_argument(
        "--patches", action="store_true", help="cut the pictures into patches at their own resolution"
    )
    preparation.add_argument("--as-mnist", action="store_true", help="prepare them like MNIST's digits, white on black")


def _import(options: argparse.Namespace) -> int:
    from aecore.data.collections import ImageInFolder, class_note, create_collection
    from aecore.images import MNIST_STEPS, SQUARE_STEPS, folder_of

    pictures = read_pictures(options.paths)
    folders: list[str] = []  # of the readable images

    def images() -> Iterator[ImageInFolder]:
        for label, image in pictures:
            folders.append(folder_of(label))
            yield ImageInFolder(image, folders[-1])

    steps = MNIST_STEPS if options.as_mnist else SQUARE_STEPS["fit" if options.fit else "crop"]
    collection = create_collection(options.name, images(), steps, options.patches)
    repeated = len(folders) - collection.pictures
    omitted = f" Left out {repeated:,} that {'repeats' if repeated == 1 else 'repeat'} another." if repeated else ""
    classes = f" {note}" if (note := class_note(collection.class_names, folders)) else ""
    print(
        f"Imported {collection.pictures:,} images.{omitted}{classes} "
        f"Train with --dataset own --set dataset.collection={collection.id}"
    )
    return 0


COMMANDS = (
    Command("fetch", "download a dataset", _fetch, _fetch_arguments),
    Command("import", "import pictures as an image collection, for --dataset own", _import, _import_arguments),
)
