"""What follows from the measured rates: comparable points, and who is better at which size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aecore.analysis.metrics import EXACT_PSNR
from aecore.evaluation.compression.rates import Curve, Point, RateDistortion


@dataclass(frozen=True)
class Fidelity:
    """A measure of how much of the images is kept."""

    title: str
    value: Callable[[Point], float]
    text: Callable[[float], str]
    tolerance: float  # a difference that nobody sees


def decibels(psnr: float) -> str:
    """A PSNR as text."""
    return "lossless" if psnr >= EXACT_PSNR else f"{psnr:.1f} dB"


FIDELITIES = {
    "psnr": Fidelity("PSNR", lambda p: p.psnr, decibels, 0.2),
    "ssim": Fidelity("SSIM", lambda p: p.ssim or 0.0, lambda value: f"{value:.2f}", 0.01),
}


@dataclass(frozen=True)
class Comparison:
    """All methods with one packing, by one fidelity; the model's own method is the first."""

    rates: RateDistortion
    packing: str
    fidelity: Fidelity

    @property
    def curves(self) -> list[Curve]:
        """The methods that were measured."""
        return [curve for curve in self.rates.curves if curve.points]

    def points(self, curve: Curve) -> list[Point]:
        """The points of a method, from few to many bits."""
        return sorted(curve.packed(self.packing), key=lambda point: point.bytes)

    def bits(self, point: Point) -> float:
        """Bits per image."""
        return 8 * point.bytes / self.rates.images

    def container_bits(self, point: Point) -> float:
        """Bits per image of the containers."""
        return 8 * point.overhead / self.rates.images

    def reference(self) -> Point:
        """The model's point with the fewest bits among those that look as good as its best one."""
        points, value = self.points(self.curves[0]), self.fidelity.value
        best = max(map(value, points))
        return next(p for p in points if value(p) >= best - self.fidelity.tolerance)

    def comparable(self, curve: Curve) -> tuple[Point, bool]:
        """A method's point with the fewest bits that is as good as the reference, or its best; and whether it is."""
        points, value, reference = self.points(curve), self.fidelity.value, self.reference()
        good = [p for p in points if value(p) >= value(reference)]
        return (good[0], True) if good else (max(points, key=value), False)

    def better_at(self, rival: Curve) -> list[float]:
        """Sizes of the model's codes, in bits per image, at which a rival is better: its line in the chart is higher."""
        value, points = self.fidelity.value, self.points(rival)
        sizes, values = np.log([p.bytes for p in points]), [value(p) for p in points]
        return [
            self.bits(point)
            for point in self.points(self.curves[0])
            if point.bytes >= points[0].bytes and np.interp(np.log(point.bytes), sizes, values) > value(point)
        ]


def losses(comparison: Comparison) -> list[str]:
    """Sentences about where the model's codes are not the best choice."""
    model, *rivals = comparison.curves
    sizes = [comparison.bits(point) for point in comparison.points(model)]
    title, sentences = comparison.fidelity.title, []
    for rival in rivals:
        if found := comparison.better_at(rival):
            sentences.append(f"**{rival.title}** has the better {title} {_where(found, sizes)}.")
    if not sentences:
        sentences.append(f"With as few bits as these codes need, no other method here has a better {title}.")
    if sentence := _ceiling(comparison, model, rivals):
        sentences.append(sentence)
    return sentences


def _where(found: Sequence[float], sizes: Sequence[float]) -> str:
    """Say which of all sizes of the codes these are."""
    if len(found) == len(sizes):
        return "with as few bits as the codes need, at every size"
    if list(found) == list(sizes[-len(found) :]):
        return f"from {found[0]:,.0f} bits per image on"
    if list(found) == list(sizes[: len(found)]):
        return f"up to {found[-1]:,.0f} bits per image"
    *first, last = [f"{bits:,.0f}" for bits in found]
    return f"with {', '.join(first)} and {last} bits per image" if first else f"with {last} bits per image"


def _ceiling(comparison: Comparison, model: Curve, rivals: Sequence[Curve]) -> str:
    """Say what more bits cannot restore, and which method can; empty if none does."""
    value, text = comparison.fidelity.value, comparison.fidelity.text
    best = max(map(value, comparison.points(model)))
    above = [
        (comparison.bits(point), rival.title, value(point))
        for rival in rivals
        for point in comparison.points(rival)
        if value(point) > best + comparison.fidelity.tolerance
    ]
    if not above:
        return ""
    bits, title, reached = min(above)
    return (
        f"More bits do not lift the codes above {text(best)}: what the encoder left out is lost. {title} gets to "
        f"{text(reached)} with {bits:,.0f} bits per image."
    )
