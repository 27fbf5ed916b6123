"""Compressed pictures as a file: `docs/aez.md` specifies the format.

`write_aez` makes the file, `read_header` checks and describes one, and `read_aez` opens it.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aecore.data.inputs import Values
from aecore.data.pixels import BATCH_SIZE, to_stored
from aecore.errors import InvalidInput
from aecore.evaluation.compression.codec import Codec
from aecore.options.shapes import Shape
from aecore.utils.strict_json import read_json

MAGIC = b"\x89AEZ"
VERSION = 1
MAX_VALUES = 50_000_000  # pixel values or symbols of a file
MAX_CODEC_BYTES = 4_000_000  # of the contained codec, decompressed
MAX_FILE_BYTES = 200_000_000  # more than so many symbols take

_FIXED = struct.Struct("<4sBB8s8sIIBHHIBBII")
_CHECKSUM = struct.Struct("<I")
_CONTAINED = 1  # flag
_HASH_BYTES = 8
_RUN_ID = re.compile(rb"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Source:
    """A codec, and the model that it belongs to."""

    run: str  # id
    step: int
    weights: bytes  # `weights_hash` of the model
    codec: Codec
    codec_json: bytes  # `codec.to_json()` as it is stored with the run


@dataclass(frozen=True)
class Header:
    """What a file says about its content."""

    run: str  # id of the run that compressed the pictures; an imported run may have another
    step: int
    weights: bytes  # `weights_hash` of the model that opens the file
    codec_hash: bytes
    contained: dict[str, Any] | None  # the codec, if the file contains it
    pictures: int
    shape: Shape  # of a picture: channels, height and width
    symbols: int  # of a picture
    bits: int  # per symbol, before entropy coding
    payload_bytes: int
    file_bytes: int

    @property
    def bits_per_picture(self) -> float:
        """Size of the whole file, in bits per picture."""
        return 8 * self.file_bytes / self.pictures


def write_aez(images: Values, source: Source, contained: bool = False) -> bytes:
    """Compress images to the content of an .aez file.

    Args:
        images: (N, C, H, W), uint8 or in [0, 1], of the model's shape.
        source: codec and model, from `aecore.runs.compression.codecs.codec_of`.
        contained: whether the file contains the codec, and opens also where the run was exported before it had one.

    Raises:
        InvalidInput: there are no images, too many, or images of another shape or range; or the codec is too large to
            be contained.
    """
    codec = source.codec
    symbols = codec.encode(images)
    if not len(symbols):
        raise InvalidInput("There are no pictures to compress.")
    _check_size(len(symbols), codec.input_shape, symbols.shape[1])
    if contained and len(source.codec_json) > MAX_CODEC_BYTES:
        raise InvalidInput(
            f"The codec has {len(source.codec_json) / 1e6:.1f} MB; a file may contain {MAX_CODEC_BYTES / 1e6:g} MB. "
            "Use fewer bits, or keep it with the run."
        )
    packed = zlib.compress(source.codec_json, 9) if contained else b""
    payload, run = codec.prior.compress(symbols), source.run.encode()
    fixed = _FIXED.pack(
        MAGIC, VERSION, _CONTAINED if contained else 0, source.weights, hash_of(source.codec_json), source.step,
        len(symbols), *codec.input_shape, symbols.shape[1], codec.setting, len(run), len(packed), len(payload),
    )  # fmt: skip
    content = fixed + run + packed + payload
    return content + _CHECKSUM.pack(zlib.crc32(content))


def read_header(content: bytes) -> Header:
    """Check a file and return its header, without its pictures.

    Raises:
        InvalidInput: it is no .aez file, incomplete, damaged, from a newer version, or holds too many pictures.
    """
    return _parse(content)[0]


def read_aez(content: bytes, find_codec: Callable[[Header], Codec]) -> tuple[Tensor, Header]:
    """Open a file.

    Args:
        content: of the file.
        find_codec: returns the codec for a header, with its model: `aecore.runs.compression.codecs.find_codec`.

    Returns:
        The pictures (N, C, H, W) uint8, and the header.

    Raises:
        InvalidInput: see `read_header`.
        AecoreError: `find_codec` did not find the model.
    """
    header, payload = _parse(content)
    codec = find_codec(header)
    expected = (codec.input_shape, codec.prior.dimensions, codec.setting)
    if expected != (header.shape, header.symbols, header.bits):
        raise InvalidInput("This .aez file is damaged: its header does not describe the model that it names.")
    try:
        symbols = codec.prior.decompress(payload, header.pictures)
        with np.errstate(over="ignore"):  # bins that are too wide; the decoder takes finite codes only
            parts = [
                to_stored(codec.decode(symbols[start : start + BATCH_SIZE]), is_image=True)
                for start in range(0, len(symbols), BATCH_SIZE)
            ]
    except InvalidInput as error:
        raise InvalidInput(f"This .aez file is damaged: {error}") from error
    return torch.cat(parts), header


def weights_hash(tensors: Mapping[str, Tensor]) -> bytes:
    """Return a short hash of a model's weights, given as in `state_dict`; their precision in memory is irrelevant."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(name.encode() + b"\0" + struct.pack(f"<B{tensor.ndim}Q", tensor.ndim, *tensor.shape))
        digest.update(tensor.detach().cpu().to(torch.float32).contiguous().numpy().astype("<f4", copy=False).tobytes())
    return digest.digest()[:_HASH_BYTES]


def hash_of(codec_json: bytes) -> bytes:
    """Return a short hash of a codec, by which files refer to it."""
    return hashlib.sha256(codec_json).digest()[:_HASH_BYTES]


def _parse(content: bytes) -> tuple[Header, bytes]:
    """Return the header and the payload. Raises as `read_header`."""
    if not content.startswith(MAGIC):
        raise InvalidInput("This is no .aez file: it does not begin as one. Choose a file that Compress has written.")
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInput(f"This file is too large; an .aez file has at most {MAX_FILE_BYTES / 1e6:g} MB.")
    _check_whole(content)
    (
        flags, weights, codec_hash, step, pictures, channels, height, width, symbols, bits, run_bytes, codec_bytes,
        payload_bytes,
    ) = _FIXED.unpack_from(content)[2:]  # fmt: skip
    run, packed, payload = _split(content, run_bytes, codec_bytes, payload_bytes)
    if not (pictures and height and width and symbols) or channels not in (1, 3) or not _RUN_ID.fullmatch(run):
        raise _damaged()
    if flags != (_CONTAINED if codec_bytes else 0):
        raise _damaged()
    shape = (channels, height, width)
    _check_size(pictures, shape, symbols)
    contained = _unpack_codec(packed, codec_hash) if packed else None
    header = Header(
        run.decode(), step, weights, codec_hash, contained, pictures, shape, symbols, bits, payload_bytes, len(content)
    )
    return header, payload


def _check_whole(content: bytes) -> None:
    """Raise InvalidInput if bytes are missing or changed, or the version is newer."""
    version = content[len(MAGIC)] if len(content) > len(MAGIC) else VERSION
    body = content[: -_CHECKSUM.size]
    intact = len(content) > len(MAGIC) + _CHECKSUM.size and content[len(body) :] == _CHECKSUM.pack(zlib.crc32(body))
    if intact and version > VERSION:
        raise InvalidInput(
            f"This .aez file has format version {version}, and this version of Autoencoder Lab reads {VERSION}. "
            "Update Autoencoder Lab to open it."
        )
    if intact and len(content) >= _FIXED.size + _CHECKSUM.size and version == VERSION:
        return
    announced = _FIXED.size + _CHECKSUM.size
    if len(content) >= _FIXED.size:
        announced += sum(_FIXED.unpack_from(content)[-3:])
    if not intact and len(content) < announced:
        raise InvalidInput(
            f"This .aez file is incomplete: {len(content):,} of {announced:,} bytes are there. Copy it again."
        )
    raise _damaged()


def _split(content: bytes, *sizes: int) -> list[bytes]:
    """Return the parts of these sizes behind the fixed header. Raises InvalidInput if they do not fill the file."""
    if _FIXED.size + sum(sizes) + _CHECKSUM.size != len(content):
        raise _damaged()
    parts, start = [], _FIXED.size
    for size in sizes:
        parts.append(content[start : start + size])
        start += size
    return parts


def _unpack_codec(packed: bytes, codec_hash: bytes) -> dict[str, Any]:
    decompressor = zlib.decompressobj()
    try:
        codec_json = decompressor.decompress(packed, MAX_CODEC_BYTES)
        if not decompressor.eof or decompressor.unused_data or hash_of(codec_json) != codec_hash:
            raise _damaged()
        stored = read_json(codec_json)
    except (zlib.error, ValueError) as error:  # _damaged() is a ValueError too
        raise _damaged() from error
    if not isinstance(stored, dict):
        raise _damaged()
    return stored


def _check_size(pictures: int, shape: Shape, symbols: int) -> None:
    channels, height, width = shape
    if pictures * max(channels * height * width, symbols) > MAX_VALUES:
        raise InvalidInput(
            f"{pictures:,} pictures of {height:,} x {width:,} pixels are too many for one .aez file, which may hold "
            f"{MAX_VALUES / 1e6:g} million pixel values or symbols."
        )


def _damaged() -> InvalidInput:
    return InvalidInput("This .aez file is damaged: its content was changed after it was written. Copy it again.")
