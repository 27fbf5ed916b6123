"""Measure how far the codes of runs compress test images, beside PCA and image files, as Markdown.

    python -m benchmarks.compression assets/starters/starter-2-vae

What the app has measured before is not measured again.
"""

from __future__ import annotations

from pathlib import Path

from aecore.evaluation.compression.rates import SINGLE, TOGETHER, Curve, RateDistortion, break_even
from aecore.runs.computed.rate_distortion import compute_rates, read_rates
from aecore.runs.run import Run
from aecore.utils.settings import settings
from benchmarks.arguments import argument_parser

HEADER = (
    "| method | setting | bits per pixel | container | PSNR, dB | SSIM | bits per pixel, all in one | PSNR, dB | SSIM |"
    " smaller than the best file from |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
)


def rates_of(folder: Path) -> RateDistortion:
    """Return the rates of the run in a folder, measured if they are not stored."""
    run = Run(folder, read_only=folder.parent != settings().runs)
    found = read_rates(run, run.model_step())
    if found is None:
        compute_rates(run)
        found = read_rates(run, run.model_step())
    assert found is not None  # just stored
    return found


def rows(curve: Curve, found: RateDistortion) -> list[str]:
    """Return the rows of one method: one image per file, then all in one file, which is compared with the files."""
    files = [other for other in found.curves if not other.decoder_bytes]
    values = found.images * found.pixels
    lines = []
    for one, all_in_one in zip(curve.packed(SINGLE), curve.packed(TOGETHER), strict=True):
        even = break_even(all_in_one, curve.decoder_bytes, found.images, files) if curve.decoder_bytes else None
        images = "" if even is None else f"{even.method}, never" if even.images is None else f"{even.images:,} images"
        cells = [
            curve.title, f"{one.setting}", f"{one.bits_per_pixel:.3f}", f"{8 * one.overhead / values:.2f}",
            f"{one.psnr:.2f}", _ssim(one.ssim), f"{all_in_one.bits_per_pixel:.3f}", f"{all_in_one.psnr:.2f}",
            _ssim(all_in_one.ssim), images,
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _ssim(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def main() -> None:
    """Print one table per run."""
    parser = argument_parser(__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="folder of a run")
    for folder in parser.parse_args().folders:
        found = rates_of(folder)
        decoders = ", ".join(f"{c.title} {c.decoder_bytes:,}" for c in found.curves if c.decoder_bytes)
        print(
            f"\n{folder.name}: {found.images} test images of {found.pixels:,} pixels; decoders in bytes: {decoders}\n"
        )
        print(HEADER)
        for curve in found.curves:
            print("\n".join(rows(curve, found) or [f"{curve.missing}"]))


if __name__ == "__main__":
    main()
