"""Rate and distortion of a run's codes: computed once in a separate process, and stored with the run.

`python -m aecore.runs.computed.rate_distortion FOLDER` computes it and prints the progress as JSON lines. The file
`compression/rates-STEP.safetensors` holds the numbers as JSON in its metadata, and as tensors the test images that are
shown, "originals" (S, C, H, W), and for each method the pictures that return at each of its settings, single images,
(settings, S, C, H, W), all uint8. Starter models come with `compression/rates-STEP.json.z`, the numbers alone as a zlib
stream: the pictures are 500 kB, and are computed in seconds.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import PIL
import torch

from aecore.data import Data
from aecore.evaluation.compression.image_files import FORMATS
from aecore.evaluation.compression.rates import (
    PACKINGS,
    Curve,
    Point,
    RateDistortion,
    add_pictures,
    images_to_measure,
    measure,
)
from aecore.models.autoencoder import Autoencoder
from aecore.runs.computed.computation import computation, computed_path, report, stored_paths
from aecore.runs.run import Run
from aecore.utils.files import replace_file
from aecore.utils.settings import settings
from aecore.utils.strict_json import read_json, to_json
from aecore.utils.tensors import read_tensors, write_tensors

_ORIGINALS = "originals"
_MAX_NUMBERS_BYTES = 1_000_000  # of a run that somebody imported, decompressed


def read_rates(run: Run, step: int | None) -> RateDistortion | None:
    """Read the stored measurement; None if there is none for this checkpoint, or a damaged one.

    Of some starter models, it has no pictures until `compute_rates` has added them.
    """
    for path in stored_paths(run, _name(step)):
        with suppress(OSError, ValueError, KeyError, TypeError):
            return _read(path)
    with suppress(OSError, ValueError, KeyError, TypeError, zlib.error):
        decompressor = zlib.decompressobj()
        numbers = decompressor.decompress((run.folder / _numbers_name(step)).read_bytes(), _MAX_NUMBERS_BYTES)
        return _measurement(read_json(numbers), torch.empty(0, dtype=torch.uint8), {})
    return None


def drop_pictures(run: Run) -> None:
    """Keep only the numbers of the stored measurement, in 4 kB. Raises OSError if there is none, or no space."""
    path, step = computed_path(run, _name(run.model_step())), run.model_step()
    found = _read(path)
    numbers = run.folder / _numbers_name(step)
    numbers.parent.mkdir(exist_ok=True)
    replace_file(numbers, zlib.compress(_numbers(found).encode(), 9))
    path.unlink()


def compute_rates(run: Run) -> None:
    """Measure rate and distortion of the latest checkpoint and store them, printing the progress.

    Raises:
        UnreadableRun, DataUnavailable, InvalidInput, ValueError, OSError: they cannot be computed or stored.
    """
    step, progress = run.model_step(), partial(report, run)  # before reading the model: training may go on
    path = computed_path(run, _name(step))
    model = run.model()
    data, known = run.config().dataset.load(), read_rates(run, step)
    if known is None or known.pictures:
        found = _measure_codes_and_cached_files(model, data, progress)
    else:
        found = add_pictures(known, model, data, progress)
    _write(path, found)
    for older in path.parent.glob("rates-*"):
        if older.name < path.name:
            older.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """Measure the run whose folder is the argument; the exit code."""
    (folder,) = arguments
    return computation(folder, compute_rates)


def _measure_codes_and_cached_files(
    model: Autoencoder, data: Data, progress: Callable[[int, int], None]
) -> RateDistortion:
    """Measure a model, and image files only if they were not measured for another run on the same images."""
    path, files = _files_path(images_to_measure(data)), None
    with suppress(OSError, ValueError, KeyError, TypeError):
        files = _read(path)
    found = measure(model, data, progress, files)
    if files is None:
        with suppress(OSError):
            _write(path, found.files())
    return found


def _files_path(images: torch.Tensor) -> Path:
    """Return where the measurement of image files of images (N, C, H, W) is cached, with this version of Pillow."""
    settings_of = [(f.name, f.settings, f.missing()) for f in FORMATS.values()]
    of_what = to_json([PIL.__version__, settings_of, list(images.shape)]).encode() + images.numpy().tobytes()
    return settings().cache / "image-files" / f"{hashlib.sha256(of_what).hexdigest()[:32]}.safetensors"


def _write(path: Path, found: RateDistortion) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(path, {_ORIGINALS: found.originals, **found.pictures}, {"rates": _numbers(found)})


def _read(path: Path) -> RateDistortion:
    tensors, metadata = read_tensors(path)
    # Copies: pages keep them, and they must not depend on the file, which is mapped into memory.
    pictures = {name: tensor.clone() for name, tensor in tensors.items()}
    originals = pictures.pop(_ORIGINALS)
    found = _measurement(read_json(metadata["rates"]), originals, pictures)
    for curve in found.curves:
        _check(curve, originals, pictures)
    return found


def _measurement(stored: Any, originals: torch.Tensor, pictures: dict[str, torch.Tensor]) -> RateDistortion:
    curves = tuple(
        Curve(**curve | {"points": tuple(Point(**point) for point in curve["points"])}) for curve in stored["curves"]
    )
    return RateDistortion(int(stored["images"]), int(stored["pixels"]), curves, originals, pictures)


def _numbers(found: RateDistortion) -> str:
    curves = [asdict(curve) for curve in found.curves]
    return to_json({"images": found.images, "pixels": found.pixels, "curves": curves})


def _check(curve: Curve, originals: torch.Tensor, pictures: dict[str, torch.Tensor]) -> None:
    """Raise ValueError if the points of a curve do not fit its pictures."""
    settings = [[point.setting for point in curve.packed(packing)] for packing in PACKINGS]
    if settings[0] != settings[1] or len(curve.points) != 2 * len(settings[0]):
        raise ValueError("a setting is missing")
    if curve.points and pictures[curve.method].shape != (len(settings[0]), *originals.shape):
        raise ValueError("pictures are missing")


def _numbers_name(step: int | None) -> str:
    return f"compression/rates-{step or 0:08d}.json.z"


def _name(step: int | None) -> str:
    return f"compression/rates-{step or 0:08d}.safetensors"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
