"""Rate and distortion of a model's codes, of PCA and of image files, on the same test images."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import torch
from torch import Tensor

from aecore.analysis.metrics import psnr, ssim
from aecore.data import Data
from aecore.data.pixels import to_float, to_stored
from aecore.evaluation.compression.image_files import FORMATS, FileFormat, store_single, store_together
from aecore.evaluation.compression.methods import METHODS, Fitted, applicable, fit
from aecore.evaluation.similarity import has_ssim
from aecore.images.tiles import to_pixels
from aecore.models.autoencoder import Autoencoder

SINGLE, TOGETHER = "single", "together"  # one image per file; all images in one file
PACKINGS = (SINGLE, TOGETHER)
QUALITY = "quality"  # the setting of file formats

MAX_IMAGES = 500
MAX_PIXELS = 2_000_000  # of all images together, so that the image files take seconds
SHOWN = 12  # test images whose pictures are kept


@dataclass(frozen=True)
class Point:
    """One method at one setting on all test images, stored in one way."""

    setting: int  # bits per number, number of the bin width, or quality
    packing: str  # "single" or "together"
    bytes: int  # of all images, with containers
    overhead: int  # bytes of them that are containers; 0 for codes, which have none before they are in a file
    tables: int  # bytes of quantizer and prior, which decoding needs once; 0 for files, which hold theirs
    bits_per_pixel: float  # 8 * bytes / (images * height * width)
    psnr: float  # decibels, of the mean squared error over all images
    ssim: float | None  # mean; None for images that are too small


@dataclass(frozen=True)
class Curve:
    """One method at all settings."""

    method: str
    title: str
    setting: str  # what a setting is: "bits", "bin width" or "quality"
    points: tuple[Point, ...] = ()
    decoder_bytes: int = 0  # that decoding needs once, besides the images; 0 for formats that every machine knows
    missing: str | None = None  # why there are no points

    def packed(self, packing: str) -> list[Point]:
        """Return the points of one packing, by setting."""
        return [point for point in self.points if point.packing == packing]


@dataclass(frozen=True)
class RateDistortion:
    """The curves of all methods on the same images."""

    images: int  # number of test images
    pixels: int  # height * width of an image
    curves: tuple[Curve, ...]  # the model's own method first
    originals: Tensor  # (S, C, H, W) uint8: the test images that are shown
    pictures: dict[str, Tensor] = field(repr=False)  # by method (settings, S, C, H, W) uint8: as they return singly;
    # empty where only the numbers are kept

    def curve(self, method: str) -> Curve:
        """Return a method's curve. Raises KeyError."""
        return {curve.method: curve for curve in self.curves}[method]

    def files(self) -> RateDistortion:
        """Return the part that does not depend on the model: the image files."""
        curves = tuple(curve for curve in self.curves if curve.method in FORMATS)
        return replace(self, curves=curves, pictures={n: p for n, p in self.pictures.items() if n in FORMATS})

    def with_files(self, files: RateDistortion) -> RateDistortion:
        """Return it with the image files of a measurement of the same images."""
        return replace(self, curves=(*self.curves, *files.curves), pictures=self.pictures | files.pictures)


@dataclass(frozen=True)
class BreakEven:
    """From how many images on a method with a decoder is smaller than the best file format, decoder included."""

    method: str  # of the file format: the smallest of those with at least the same PSNR
    setting: int
    images: int | None  # None: the format needs fewer bytes per image


def break_even(point: Point, decoder_bytes: int, count: int, files: Sequence[Curve]) -> BreakEven | None:
    """Compare a point with the smallest files whose PSNR is not below its own, in the same packing.

    Args:
        point: the point.
        decoder_bytes: size of its decoder, without the tables of the point.
        count: number of images that the points were measured on.
        files: curves of file formats.

    Returns:
        The result; None if no file reaches the PSNR.
    """
    found = [(p.bytes, c.method, p) for c in files for p in c.packed(point.packing) if p.psnr >= point.psnr]
    if not found:
        return None
    _, method, best = min(found, key=lambda entry: entry[0])
    saved = (best.bytes - point.bytes) / count  # bytes per image
    return BreakEven(method, best.setting, math.ceil((decoder_bytes + point.tables) / saved) if saved > 0 else None)


def images_to_measure(data: Data) -> Tensor:
    """Return the test images that rates are measured on: those that are shown, then the first others."""
    count, pixels = len(data.test), math.prod(data.test.images.shape[-2:])
    first = data.examples().tolist()
    order = first + [i for i in range(count) if i not in set(first)]
    return to_stored(to_float(data.test.images[order[: min(MAX_IMAGES, max(SHOWN, MAX_PIXELS // pixels))]]), True)


def measure(
    model: Autoencoder, data: Data, progress: Callable[[int, int], None], files: RateDistortion | None = None
) -> RateDistortion:
    """Measure all methods on test images; quantizers, priors and PCA are fitted to training images.

    Args:
        model: a model of images.
        data: its dataset.
        progress: called with the steps done and in total.
        files: what was measured before of image files of the same images, if it was.

    Raises:
        InvalidInput: the examples are not images.
    """
    return _measure(model, data.training.images, images_to_measure(data), progress, files)


def add_pictures(
    measured: RateDistortion, model: Autoencoder, data: Data, progress: Callable[[int, int], None]
) -> RateDistortion:
    """Return a measurement with the pictures of the shown images, which compressing these alone restores.

    Where other methods or settings are possible than when it was measured, everything is measured again.

    Args, raises: see `measure`.
    """
    shown = _measure(model, data.training.images, images_to_measure(data)[:SHOWN], progress, None)
    if any(_settings(a) != _settings(b) for a, b in zip_longest(measured.curves, shown.curves)):
        return measure(model, data, progress)
    return replace(measured, originals=shown.originals, pictures=shown.pictures)


def _settings(curve: Curve | None) -> tuple[str, list[tuple[int, str]]] | None:
    return None if curve is None else (curve.method, [(point.setting, point.packing) for point in curve.points])


def _measure(
    model: Autoencoder,
    training: Tensor,
    images: Tensor,
    progress: Callable[[int, int], None],
    files: RateDistortion | None,
) -> RateDistortion:
    methods = [fit(method.name, model, training) for method in applicable(model)]
    formats = [] if files else [fmt for fmt in FORMATS.values() if not fmt.missing()]
    total = sum(len(method.settings) for method in methods) + sum(len(fmt.settings) for fmt in formats)
    done = iter(range(total + 1))

    def step() -> None:
        progress(next(done), total)

    step()
    codes = measure_codes(methods, images, step)
    return codes.with_files(files or measure_files(images, step))


def measure_codes(methods: Sequence[Fitted], images: Tensor, step: Callable[[], None]) -> RateDistortion:
    """Measure fitted methods.

    Args:
        methods: the methods.
        images: (N, C, H, W) uint8.
        step: called after each setting of each method.
    """
    measured = {fitted.method: _code_curve(fitted, images, step) for fitted in methods}
    return _together(images, measured)


def measure_files(images: Tensor, step: Callable[[], None]) -> RateDistortion:
    """Measure image files; formats that cannot be written here have no points.

    Args:
        images: (N, C, H, W) uint8.
        step: called after each setting of each format.
    """
    measured = {name: _file_curve(file_format, images, step) for name, file_format in FORMATS.items()}
    return _together(images, measured)


def _together(images: Tensor, measured: Mapping[str, tuple[Curve, Tensor | None]]) -> RateDistortion:
    curves = tuple(curve for curve, _ in measured.values())
    pictures = {name: shown for name, (_, shown) in measured.items() if shown is not None}
    return RateDistortion(len(images), images[0, 0].numel(), curves, images[:SHOWN], pictures)


def distortion(images: Tensor, returned: Tensor) -> tuple[float, float | None]:
    """Return the PSNR in decibels and the mean SSIM of images (N, C, H, W) uint8; SSIM is None for small images."""
    x, y = to_float(images), to_float(returned)
    error = float((x - y).square().mean(dtype=torch.float64))
    return psnr(error), float(ssim(x, y).double().mean()) if has_ssim(tuple(images.shape[1:])) else None


def _code_curve(fitted: Fitted, images: Tensor, step: Callable[[], None]) -> tuple[Curve, Tensor]:
    """Measure a method; also return the pictures of the shown images (settings, S, C, H, W)."""
    points, shown = list[Point](), list[Tensor]()
    for setting in fitted.settings:
        codec = fitted.codec(setting)
        symbols = codec.encode(images)
        returned = to_stored(codec.decode(symbols), True)
        quality = distortion(images, returned)
        sizes = {
            SINGLE: sum(len(codec.prior.compress(row[None])) for row in symbols),
            TOGETHER: len(codec.prior.compress(symbols)),
        }
        for packing, size in sizes.items():
            rate = 8 * size / images[:, 0].numel()
            points.append(Point(setting, packing, size, 0, codec.table_bytes, rate, *quality))
        shown.append(returned[:SHOWN])
        step()
    method = METHODS[fitted.method]
    curve = Curve(method.name, method.title, method.setting, tuple(points), fitted.decoder_bytes)
    return curve, torch.stack(shown)


def _file_curve(file_format: FileFormat, images: Tensor, step: Callable[[], None]) -> tuple[Curve, Tensor | None]:
    """Measure a file format; also return the pictures of the shown images (settings, S, C, H, W)."""
    if missing := file_format.missing():
        return Curve(file_format.name, file_format.title, QUALITY, missing=missing), None
    pixels, points, shown = to_pixels(images), list[Point](), list[Tensor]()
    for setting in file_format.settings:
        for packing, store in ((SINGLE, store_single), (TOGETHER, store_together)):
            stored = store(file_format, setting, pixels)
            returned = torch.from_numpy(stored.images.transpose(0, 3, 1, 2))
            rate = 8 * stored.bytes / images[:, 0].numel()
            points.append(
                Point(setting, packing, stored.bytes, stored.overhead, 0, rate, *distortion(images, returned))
            )
            if packing == SINGLE:
                shown.append(returned[:SHOWN])
        step()
    return Curve(file_format.name, file_format.title, QUALITY, tuple(points)), torch.stack(shown)
