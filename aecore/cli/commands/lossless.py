"""Lossless compression of a dataset's test images by a model with a likelihood of 8-bit values."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from aecore.cli.command import Command
from aecore.errors import InvalidArguments, InvalidInput
from aecore.utils.strict_json import to_json

if TYPE_CHECKING:
    from torch import Tensor

    from aecore.runs.run import Run


def _arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="action", parser_class=type(parser))
    measure = actions.add_parser("measure", help="compress, decompress in another process, and compare with gzip & co.")
    encode = actions.add_parser("encode", help="compress the test images into a file")
    decode = actions.add_parser("decode", help="decompress a file, and say whether it has the test images")
    for action in (measure, encode, decode):
        action.add_argument("run", help="id or name of a run of the recipe lossless, or with training.loss=histograms")
    for action in (measure, encode):
        action.add_argument("--images", type=int, help="only the first test images; default: all")
    for action in (encode, decode):
        action.add_argument("file", type=Path, help="the compressed file")
    decode.add_argument("--output", type=Path, metavar="FILE", help="write the images as a NumPy array, .npy")
    measure.add_argument("--json", action="store_true", help="print the results to stdout as one JSON object")


def _run(options: argparse.Namespace) -> int:
    from aecore.cli.find_run import find_run
    from aecore.runs.store import Store

    run = find_run(Store(), options.run)
    return {"measure": _measure, "encode": _encode, "decode": _decode}[options.action](run, options)


def _encode(run: Run, options: argparse.Namespace) -> int:
    from aecore.evaluation.compression.lossless.file import compress

    _check_new(options.file)
    model, images = run.model(), _test_images(run, options.images)
    with _bar("encode") as progress:
        data, initial_bits = compress(model, images, progress)
    _write(options.file, data)
    print(
        f"{options.file}: {len(images):,} test images in {len(data):,} bytes, {8 * len(data) / images.numel():.4f} "
        f"bits per pixel; {initial_bits:,} bits of it are the random ones that the first codes were taken from."
    )
    return 0


def _decode(run: Run, options: argparse.Namespace) -> int:
    import numpy as np
    import torch

    from aecore.evaluation.compression.lossless.file import decompress

    if options.output:
        _check_new(options.output)
    data = _read(options.file)
    with _bar("decode") as progress:
        images = decompress(run.model(), data, progress)
    if options.output:
        with _writing(options.output), options.output.open("xb") as file:
            np.save(file, images.numpy())
    dataset = run.config().dataset
    tests = dataset.load().test.images[: len(images)] if dataset.available() else None
    same = tests is not None and torch.equal(images, tests)
    print(f"Decoded {len(images):,} images. They are {'' if same else 'not '}the test images of {dataset.title}.")
    return 0


def _measure(run: Run, options: argparse.Namespace) -> int:
    from aecore.evaluation.compression.lossless.file import compress
    from aecore.evaluation.compression.lossless.rates import elbo_bits, general_bits

    model, images = run.model(), _test_images(run, options.images)
    elbo, start = elbo_bits(model, images), time.perf_counter()
    with _bar("encode") as progress:
        data, initial_bits = compress(model, images, progress)
    encoded = time.perf_counter()
    _check_in_another_process(run, data, images)
    results: dict[str, Any] = {
        "run": run.id, "dataset": run.config().dataset.kind, "images": len(images), "bytes": len(data),
        "initial_bits": initial_bits, "parameters": model.parameter_count(),
        "encode_seconds": round(encoded - start, 1),
        "decode_seconds": round(time.perf_counter() - encoded, 1),
        "bits_per_pixel": {
            "negative ELBO": elbo, "bits-back coding": 8 * len(data) / images.numel(), **general_bits(images)
        },
    }  # fmt: skip
    print(to_json(results) if options.json else _text(results))
    return 0


def _text(results: dict[str, Any]) -> str:
    rates = results["bits_per_pixel"].items()
    return "\n".join(
        (
            f"Bits per pixel of {results['images']:,} test images ({results['dataset']}):",
            *(f"  {name:<18}{rate:.4f}" for name, rate in rates),
            f"Bits-back coding: {results['bytes']:,} bytes, with the header and the {results['initial_bits']:,} random "
            "bits that the first codes were taken from. The model is not in them; its weights are "
            f"{4 * results['parameters']:,} bytes.",
            f"Encoded in {results['encode_seconds']} s; decoded exactly by another process in "
            f"{results['decode_seconds']} s.",
        )
    )


def _check_in_another_process(run: Run, data: bytes, images: Tensor) -> None:
    """Decode in a new process, and compare. Raises InvalidInput if other images come back."""
    import numpy as np

    with TemporaryDirectory() as folder:
        file, output = Path(folder) / "code", Path(folder) / "images.npy"
        file.write_bytes(data)
        command = [sys.executable, "-m", "aecore", "lossless", "decode", run.id, str(file), "--output", str(output)]
        result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if result.returncode:
            raise InvalidInput(f"Another process cannot decode the file: {result.stderr.strip().splitlines()[-1]}")
        if not np.array_equal(np.load(output), images.numpy()):
            raise InvalidInput("Another process decoded other images.")


def _test_images(run: Run, count: int | None) -> Tensor:
    from aecore.cli.session import require_data

    dataset = run.config().dataset
    require_data(dataset)
    if count is not None and count < 1:
        raise InvalidArguments(f"--images is {count}; it must be at least 1.")
    return dataset.load().test.images[:count]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidArguments(f"Cannot read {file}: {(error.strerror or str(error)).lower()}.") from error


def _check_new(file: Path) -> None:
    """Raise InvalidArguments if a file exists or has no folder, before it is computed for minutes."""
    if os.path.exists(file):  # False where it cannot be looked at: writing says why
        raise InvalidArguments(f"{file} exists; choose another name.")
    with _writing(file):
        os.stat(file.parent)


def _write(file: Path, data: bytes) -> None:
    from aecore.utils.files import replace_file

    with _writing(file):
        replace_file(file, data)


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidArguments(f"Cannot write {file}: {(error.strerror or str(error)).lower()}.") from error


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, as a callback of the number of images done and their total."""
    from tqdm import tqdm

    with tqdm(total=None, unit=" images", file=sys.stderr, desc=title) as bar:

        def update(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield update


COMMANDS = (
    Command("lossless", "compress test images without loss, by bits-back coding with a model", _run, _arguments),
)
