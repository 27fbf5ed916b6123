"""What follows from the measured rates: comparable points, and who is better at which size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

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

    def saturated(self, curve: Curve) -> Point:
        """A method's point with the fewest bits among those that look as good as its best one."""
        points, value = self.points(curve), self.fidelity.value
        best = max(map(value, points))
        return next(p for p in points if value(p) >= best - self.fidelity.tolerance)

    def reference(self) -> Point:
        """The model's point that other methods are compared with."""
        return self.saturated(self.curves[0])

    def comparable(self, curve: Curve) -> tuple[Point, bool]:
        """A method's point with the fewest bits that is as good as the reference, or its best; and whether it is."""
        points, value, reference = self.points(curve), self.fidelity.value, self.reference()
        good = [p for p in points if value(p) >= value(reference)]
        return (good[0], True) if good else (self.saturated(curve), False)

    def is_better(self, rival: Curve) -> list[bool]:
        """For each size of the model's codes, whether the line of a rival is above the model's in the chart."""
        value, points = self.fidelity.value, self.points(rival)
        sizes, values = np.log([p.bytes for p in points]), [value(p) for p in points]
        return [
            point.bytes >= points[0].bytes and bool(np.interp(np.log(point.bytes), sizes, values) > value(point))
            for point in self.points(self.curves[0])
        ]


def losses(comparison: Comparison) -> list[str]:
    """Sentences about where the model's codes are not the best choice."""
    model, *rivals = comparison.curves
    sizes = [comparison.bits(point) for point in comparison.points(model)]
    title, better_where = comparison.fidelity.title, dict[str, list[str]]()
    for rival in rivals:
        if any(better := comparison.is_better(rival)):
            better_where.setdefault(_where(better, sizes), []).append(f"**{rival.title}**")
    sentences = [
        f"{_listed(names)} {'have' if len(names) > 1 else 'has'} the better {title} {where}."
        for where, names in better_where.items()
    ]
    if not sentences:
        sentences.append(f"With as few bits as these codes need, no other method here has a better {title}.")
    if sentence := _ceiling(comparison, model, rivals):
        sentences.append(sentence)
    return sentences


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _where(better: Sequence[bool], sizes: Sequence[float]) -> str:
    """Say at which sizes of the codes, in bits per image, it is better."""
    if all(better):
        return "at every size of the codes" if len(better) > 1 else "with as many bits as the codes"
    parts, last = [], len(sizes) - 1
    for is_better, group in groupby(range(len(sizes)), key=lambda i: better[i]):
        first, *others = group
        end = others[-1] if others else first
        if not is_better:
            continue
        if end == last:
            parts.append(f"from {sizes[first]:,.0f} bits per image on")
        elif first == 0:
            parts.append(f"up to {sizes[end]:,.0f} bits per image")
        else:
            until = f" to {sizes[end]:,.0f}" if others else ""
            parts.append(f"at {sizes[first]:,.0f}{until} bits per image")
    return ", and ".join(parts)


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
    more = "More bits do not lift the codes" if len(comparison.points(model)) > 1 else "The codes do not get"
    return (
        f"{more} above {text(best)}: what the encoder left out is lost. {title} gets to "
        f"{text(reached)} with {bits:,.0f} bits per image."
    )
