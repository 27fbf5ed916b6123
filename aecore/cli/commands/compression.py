"""Pictures compressed by a model, and opened again."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from aecore.cli.command import Command
from aecore.cli.pictures import read_pictures
from aecore.errors import InvalidArguments

if TYPE_CHECKING:
    from aecore.evaluation.compression.aez import Header
    from aecore.runs.store import Store

#: The starter models of a checkout, which the app offers too.
_STARTERS = Path(__file__).parents[3] / "assets" / "starters"


def _compress_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="id or name of a run, or of a starter model such as starter-1-quick")
    parser.add_argument("paths", nargs="+", type=Path, metavar="picture", help="image files, zip files or folders")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=".aez file to write", required=True)
    parser.add_argument("--bits", type=int, help="bits per number of the code, 1 to 8; default: 4")
    parser.add_argument(
        "--contained", action="store_true", default=None, help="put the codec into the file, not only its hash"
    )


def _compress(options: argparse.Namespace) -> int:
    from aecore.cli.find_run import find_run
    from aecore.evaluation.compression.aez import read_header
    from aecore.evaluation.compression.methods import check_images
    from aecore.evaluation.outliers import to_input_batch
    from aecore.images import prepare
    from aecore.runs.compression.files import compress_images

    run = find_run(_store(), options.run)
    check_images(run.model())
    if os.path.exists(options.output):  # False where it cannot be looked at: writing says why
        raise InvalidArguments(f"{options.output} exists; choose another name.")
    dataset = run.config().dataset
    prepared = [prepare(image, dataset.input_shape, dataset.preparation) for _, image in read_pictures(options.paths)]
    if not prepared:
        raise InvalidArguments("None of these files is a readable picture.")
    content = compress_images(run, to_input_batch(prepared), options.bits, options.contained)
    _write(options.output, content)
    header = read_header(content)
    print(
        f"{options.output}: {_pictures(header)} in "
        f"{header.file_bytes:,} bytes, {header.payload_bytes:,} of them codes; {header.bits_per_picture:,.1f} bits per "
        f"picture. It opens where step {header.step:,} of the run {header.run} is."
    )
    return 0


def _decompress_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help=".aez file")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="folder of the pictures; default: FILE's name"
    )


def _decompress(options: argparse.Namespace) -> int:
    from aecore.evaluation.compression.aez import MAX_FILE_BYTES
    from aecore.images.tiles import to_png
    from aecore.runs.compression.files import decompress_images

    try:
        with options.file.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InvalidArguments(f"Cannot read {options.file}: {(error.strerror or str(error)).lower()}.") from error
    images, header = decompress_images(content, _store().runs())
    folder = options.output or options.file.with_suffix("")
    digits = len(str(header.pictures))
    files = [folder / f"{options.file.stem}-{number:0{digits}}.png" for number in range(1, header.pictures + 1)]
    if existing := next((file for file in files if os.path.exists(file)), None):
        raise InvalidArguments(f"{existing} exists; choose another folder with -o.")
    for path, image in zip(files, images, strict=True):
        _write(path, to_png(image.permute(1, 2, 0).numpy()))
    print(f"{_pictures(header)} {'is' if header.pictures == 1 else 'are'} in {folder}.")
    return 0


def _pictures(header: Header) -> str:
    return f"{header.pictures:,} picture{'s' * (header.pictures != 1)} of {header.shape[1]} x {header.shape[2]} pixels"


def _store() -> Store:
    from aecore.runs.store import Store

    return Store(read_only=(_STARTERS,))


def _write(path: Path, content: bytes) -> None:
    """Write a file. Raises InvalidArguments."""
    from aecore.utils.files import replace_file

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        raise InvalidArguments(f"Cannot write {path}: {(error.strerror or str(error)).lower()}.") from error


COMMANDS = (
    Command("compress", "compress pictures with a model to an .aez file", _compress, _compress_arguments),
    Command("decompress", "open an .aez file: its pictures as PNG files", _decompress, _decompress_arguments),
)
