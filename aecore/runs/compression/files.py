"""Pictures to .aez files and back, with the models of runs."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from aecore.data.inputs import Values
from aecore.evaluation.compression.aez import Header, read_aez, write_aez
from aecore.runs.compression.codecs import codec_of, find_codec, in_run_folder
from aecore.runs.run import Run


def compress_images(run: Run, images: Values, bits: int | None = None, contained: bool | None = None) -> bytes:
    """Compress images to the content of an .aez file with the latest weights of a run.

    Args:
        run: the run.
        images: (N, C, H, W), uint8 or in [0, 1], of the model's shape.
        bits: see `codec_of`.
        contained: whether the file contains the codec; by default if it is not in the run's folder, as for starter
            models, because it would be missing in an export.

    Raises:
        InvalidInput, UnreadableRun, DataUnavailable, OSError: see `codec_of` and `write_aez`.
    """
    source = codec_of(run, bits)
    return write_aez(images, source, not in_run_folder(run, source) if contained is None else contained)


def decompress_images(content: bytes, runs: Iterable[Run]) -> tuple[Tensor, Header]:
    """Open an .aez file with the run that has its model.

    Returns:
        The pictures (N, C, H, W) uint8, and the header.

    Raises:
        InvalidInput: see `read_header`.
        RunNotFound, UnreadableRun: see `find_codec`.
    """
    return read_aez(content, lambda header: find_codec(header, runs))
