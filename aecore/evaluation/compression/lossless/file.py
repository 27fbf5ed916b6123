"""The file of a lossless code: which model wrote it, the code, and checksums.

    bytes  content
    4      "AEBB"
    1      version, 1
    8      start of the SHA-256 of the model's weights
    4      number of images
    4      CRC-32 of the images
    4      CRC-32 of what is before it and of the code
    rest   the code, in words of 32 bits

Numbers are little-endian.
"""

from __future__ import annotations

import hashlib
import struct
import zlib

import numpy as np
import torch
from torch import Tensor

from aecore.errors import InvalidInput
from aecore.evaluation.compression.lossless.bits_back import BitsBack, Progress
from aecore.models.autoencoder import Autoencoder

_MAGIC, _VERSION = b"AEBB", 1
_START, _CHECKSUM = struct.Struct("<4sB8sII"), struct.Struct("<I")


def compress(model: Autoencoder, images: Tensor, progress: Progress = lambda done, total: None) -> tuple[bytes, int]:
    """Compress uint8 images (N, C, H, W) without loss.

    Returns:
        The content of the file, and how many of its bits were there before the first image; see `BitsBack.encode`.

    Raises:
        InvalidInput: the model is of another kind, or the images have another shape or type.
    """
    words, initial_bits = BitsBack(model).encode(images, progress)
    code = words.astype("<u4").tobytes()
    start = _START.pack(_MAGIC, _VERSION, fingerprint(model), len(images), _checksum_of_images(images))
    return start + _CHECKSUM.pack(zlib.crc32(start + code)) + code, initial_bits


def decompress(model: Autoencoder, data: bytes, progress: Progress = lambda done, total: None) -> Tensor:
    """Decompress the content of a file to the images that it was made of: uint8 (N, C, H, W).

    Raises:
        InvalidInput: it is damaged, of another model or of another kind; or this machine computes the model with other
            last bits than the one that wrote it.
    """
    if data[:4] != _MAGIC:
        raise InvalidInput("This is no file of `python -m aecore lossless encode`.")
    if len(data) < _START.size + _CHECKSUM.size:
        raise InvalidInput("The file is damaged: it ends within its header.")
    start, code = data[: _START.size], data[_START.size + _CHECKSUM.size :]
    _, version, written_by, count, images_checksum = _START.unpack(start)
    if version != _VERSION:
        raise InvalidInput(f"The file has version {version}, and this program reads version {_VERSION}.")
    if len(code) % 4 or _CHECKSUM.pack(zlib.crc32(start + code)) != data[_START.size :][: _CHECKSUM.size]:
        raise InvalidInput("The file is damaged: it has another checksum than when it was written.")
    if not count:
        raise InvalidInput("The file is damaged: it holds no images.")
    if written_by != fingerprint(model):
        raise InvalidInput("Another model wrote this file; only that model can decode it.")
    images = BitsBack(model).decode(np.frombuffer(code, "<u4").astype(np.uint32), count, progress)
    if _checksum_of_images(images) != images_checksum:
        raise InvalidInput(
            "The decoded images are not those that were encoded: this machine, or its version of PyTorch, computes the "
            "model with other last bits than the one that wrote the file. Decode it there."
        )
    return images


def fingerprint(model: Autoencoder) -> bytes:
    """Return 8 bytes that identify the weights of a model."""
    digest = hashlib.sha256()
    for name, weight in sorted(model.state_dict().items()):
        digest.update(name.encode() + b"\0" + weight.detach().cpu().to(torch.float32).contiguous().numpy().tobytes())
    return digest.digest()[:8]


def _checksum_of_images(images: Tensor) -> int:
    return zlib.crc32(images.contiguous().numpy().tobytes())
