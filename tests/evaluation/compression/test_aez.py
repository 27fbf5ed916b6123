"""The .aez format: what its bytes are, and that no change of them goes unnoticed."""

from __future__ import annotations

import hashlib
import json
import struct
import tracemalloc
import zlib

import constriction
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aecore.errors import AecoreError, InvalidInput, RunNotFound
from aecore.evaluation.compression.aez import (
    MAX_CODEC_BYTES,
    MAX_VALUES,
    Header,
    Source,
    read_aez,
    read_header,
    weights_hash,
    write_aez,
)
from aecore.evaluation.compression.codec import Codec
from aecore.evaluation.compression.methods import fit, restore
from aecore.models.autoencoder import Autoencoder
from aecore.models.bottlenecks.projections import Linear
from aecore.models.networks.dense import Dense

torch.manual_seed(0)
MODEL = Autoencoder.of(Dense(widths=(16,)), Linear(latent=4), (1, 8, 6)).eval()
IMAGES = torch.randint(0, 256, (50, 1, 8, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
CODEC = fit("codes", MODEL, IMAGES).codec(3)
SOURCE = Source("a-run", 7, weights_hash(MODEL.state_dict()), CODEC, json.dumps(CODEC.to_json()).encode())
FILE = write_aez(IMAGES[:5], SOURCE)
CONTAINED = write_aez(IMAGES[:5], SOURCE, contained=True)


def find(header: Header) -> Codec:
    if header.weights != SOURCE.weights:
        raise RunNotFound("no such model")
    return CODEC if header.contained is None else restore(MODEL, header.contained)


def sealed(content: bytes) -> bytes:
    """The content with a checksum that is right again."""
    return content[:-4] + struct.pack("<I", zlib.crc32(content[:-4]))


def patched(at: int, form: str, value: int | bytes, content: bytes = FILE) -> bytes:
    return sealed(content[:at] + struct.pack(form, value) + content[at + struct.calcsize(form) :])


def with_codec(packed: bytes, codec_hash: bytes | None = None) -> bytes:
    """A file that contains other bytes in place of its codec."""
    size = struct.unpack_from("<I", CONTAINED, 41)[0]
    content = CONTAINED[:54] + packed + CONTAINED[54 + size :]
    content = patched(41, "<I", len(packed), content)
    return patched(14, "<8s", codec_hash, content) if codec_hash else content


def hashed(codec: object) -> tuple[bytes, bytes]:
    text = json.dumps(codec).encode()
    return zlib.compress(text), hashlib.sha256(text).digest()[:8]


@pytest.mark.parametrize("content", [FILE, CONTAINED])
def test_pictures_return_as_their_codes_decode(content: bytes) -> None:
    images, header = read_aez(content, find)
    assert images.dtype == torch.uint8
    assert torch.equal(images, (CODEC.decode(CODEC.encode(IMAGES[:5])) * 255).round().to(torch.uint8))
    assert (header.run, header.step, header.pictures, header.shape) == ("a-run", 7, 5, (1, 8, 6))
    assert (header.symbols, header.bits, header.file_bytes) == (4, 3, len(content))
    assert header.bits_per_picture == 8 * len(content) / 5
    assert header == read_header(content)


def test_the_bytes_are_those_of_the_documentation() -> None:
    """Read with nothing but docs/aez.md."""
    head = struct.unpack_from("<4sBB8s8sIIBHHIBBII", FILE)
    payload = CODEC.compress(IMAGES[:5])
    codec_hash = hashlib.sha256(SOURCE.codec_json).digest()[:8]
    assert head == (
        b"\x89AEZ", 1, 0, SOURCE.weights, codec_hash, 7, 5, 1, 8, 6, 4, 3, 5, 0, len(payload)
    )  # fmt: skip
    assert FILE[49:] == b"a-run" + payload + struct.pack("<I", zlib.crc32(FILE[:-4]))
    assert len(FILE) == 53 + len("a-run") + len(payload)
    assert zlib.decompress(CONTAINED[54 : -4 - len(payload)]) == SOURCE.codec_json


def test_another_program_can_decode_the_payload() -> None:
    """Read with nothing but docs/aez.md, constriction and the model."""
    run_bytes, codec_bytes, payload_bytes = struct.unpack_from("<BII", CONTAINED, 40)
    codec = json.loads(zlib.decompress(CONTAINED[49 + run_bytes : 49 + run_bytes + codec_bytes]))
    payload = CONTAINED[49 + run_bytes + codec_bytes :][:payload_bytes]
    words = np.frombuffer(payload + bytes(-len(payload) % 4), ">u4").astype(np.uint32)
    decoder, bins, z = constriction.stream.queue.RangeDecoder(words), codec["quantizer"], []
    for frequencies, low, step in zip(codec["prior"], bins["low"], bins["step"], strict=True):
        prior = constriction.stream.model.Categorical(np.array(frequencies) / 65536, perfect=False)
        z.append([low + (symbol + 0.5) * step for symbol in decoder.decode(prior, 5)])
    expected, _ = read_aez(CONTAINED, find)
    found = (MODEL.decode(torch.tensor(z).T) * 255).round()
    assert float((found - expected).abs().max()) <= 1


def test_the_hash_of_weights_is_that_of_the_documentation() -> None:
    tensors = {"b": torch.tensor([[0.5, -2.0]]), "a": torch.tensor(3)}
    expected = b"a\0\0" + struct.pack("<f", 3) + b"b\0\2" + struct.pack("<QQff", 1, 2, 0.5, -2)
    assert weights_hash(tensors) == hashlib.sha256(expected).digest()[:8]
    assert weights_hash({name: tensors[name].half() for name in ("a", "b")}) == weights_hash(tensors)
    assert weights_hash(tensors | {"a": torch.tensor(4)}) != weights_hash(tensors)


REJECTED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no .aez file"),
    "a PNG": (b"\x89PNG\r\n\x1a\n", "no .aez file"),
    "the magic": (FILE[:4], "incomplete: 4 of 53 bytes"),
    "half a header": (FILE[:30], "incomplete: 30 of 53 bytes"),
    "half a payload": (FILE[:-8], f"incomplete: {len(FILE) - 8} of {len(FILE)} bytes"),
    "no checksum": (FILE[:-4], "incomplete"),
    "one more byte": (FILE + b"\0", "damaged"),
    "one more byte, sealed": (sealed(FILE + b"\0"), "damaged"),
    "a changed payload": (FILE[:-6] + bytes([FILE[-6] ^ 1]) + FILE[-5:], "damaged"),
    "a changed payload, sealed": (patched(len(FILE) - 8, "4s", b"\xff\xff\xff\xff"), "damaged"),
    "a newer version": (patched(4, "B", 2), "format version 2, .* reads 1. Update"),
    "a newer and longer version": (sealed(b"\x89AEZ\x09 quite another header...."), "format version 9"),
    "a changed version": (FILE[:4] + b"\2" + FILE[5:], "damaged"),
    "version 0": (patched(4, "B", 0), "damaged"),
    "an unknown flag": (patched(5, "B", 2), "damaged"),
    "a codec of no bytes": (patched(5, "B", 1), "damaged"),
    "no pictures": (patched(26, "<I", 0), "damaged"),
    "4 billion pictures": (patched(26, "<I", 2**32 - 1), "4,294,967,295 pictures of 8 x 6 pixels are too many"),
    "fewer pictures": (patched(26, "<I", 4), "damaged"),
    "two channels": (patched(30, "B", 2), "damaged"),
    "no rows": (patched(31, "<H", 0), "damaged"),
    "other rows": (patched(31, "<H", 9), "does not describe the model"),
    "large pictures": (patched(31, "<H", 65_535, patched(33, "<H", 65_535)), "too many"),
    "no symbols": (patched(35, "<I", 0), "damaged"),
    "other symbols": (patched(35, "<I", 5), "does not describe the model"),
    "4 billion symbols": (patched(35, "<I", 2**32 - 1), "too many"),
    "other bits": (patched(39, "B", 4), "does not describe the model"),
    "no id": (patched(40, "B", 0), "damaged"),
    "a path as id": (patched(49, "5s", b"../.."), "damaged"),
    "an id of a terminal": (patched(49, "5s", b"\x1b[31m"), "damaged"),
    "a long payload": (patched(45, "<I", 2**32 - 1), "damaged"),
    "a codec of text": (with_codec(b"not zlib"), "damaged"),
    "a codec with another hash": (with_codec(hashed({})[0]), "damaged"),
    "a codec of half a stream": (with_codec(zlib.compress(SOURCE.codec_json)[:-5]), "damaged"),
    "a codec and more": (with_codec(zlib.compress(SOURCE.codec_json) + b"\0"), "damaged"),
    "a codec of 100 MB": (with_codec(zlib.compress(bytes(100_000_000))), "damaged"),
    "a codec of a list": (with_codec(*hashed([])), "damaged"),
    "an empty codec": (with_codec(*hashed({})), "damaged"),
    "a deep codec": (with_codec(zlib.compress(b"[" * 100_000), hashlib.sha256(b"[" * 100_000).digest()[:8]), "damaged"),
    "a codec without prior": (with_codec(*hashed(CODEC.to_json() | {"prior": None})), "damaged"),
    "a codec of bins without end": (
        with_codec(*hashed(CODEC.to_json() | {"quantizer": CODEC.quantizer.to_json() | {"step": [3e38] * 4}})),
        "damaged",
    ),
}


@pytest.mark.parametrize("case", REJECTED)
def test_other_files_are_rejected_in_one_sentence(case: str) -> None:
    content, message = REJECTED[case]
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInput, match=message) as raised:
            read_aez(content, find_damaged)
        assert tracemalloc.get_traced_memory()[1] < 8 * MAX_CODEC_BYTES
    finally:
        tracemalloc.stop()
    assert "\n" not in str(raised.value)


def find_damaged(header: Header) -> Codec:
    """As `aecore.runs.compression.codecs.find_codec` does."""
    try:
        return find(header)
    except InvalidInput as error:
        raise InvalidInput(f"This .aez file is damaged: {error}") from error


mutations = st.one_of(
    st.tuples(st.just("flip"), st.integers(0, 10_000), st.integers(0, 7)),
    st.tuples(st.just("set"), st.integers(0, 10_000), st.integers(0, 255)),
    st.tuples(st.just("cut"), st.integers(0, 10_000), st.integers(1, 100)),
    st.tuples(st.just("insert"), st.integers(0, 10_000), st.binary(min_size=1, max_size=20)),
    st.tuples(st.just("append"), st.just(0), st.binary(min_size=1, max_size=20)),
    st.tuples(st.just("truncate"), st.integers(0, 10_000), st.just(0)),
)


def mutated(content: bytes, steps: list[tuple[str, int, int | bytes]]) -> bytes:
    for kind, position, value in steps:
        at = position % max(1, len(content))
        if kind in ("flip", "set") and content:
            byte = content[at] ^ 1 << value if kind == "flip" else value
            content = content[:at] + bytes([byte]) + content[at + 1 :]
        elif kind == "cut":
            content = content[:at] + content[at + value :]
        elif kind == "insert":
            content = content[:at] + value + content[at:]
        elif kind == "append":
            content += value
        elif kind == "truncate":
            content = content[:at]
    return content


@given(st.sampled_from([FILE, CONTAINED]), st.lists(mutations, min_size=1, max_size=4))
@settings(max_examples=500, deadline=None)
def test_every_change_is_noticed(content: bytes, steps: list[tuple[str, int, int | bytes]]) -> None:
    changed = mutated(content, steps)
    if changed != content:
        with pytest.raises(InvalidInput):
            read_aez(changed, find_damaged)


@given(st.sampled_from([FILE, CONTAINED]), st.lists(mutations, min_size=1, max_size=4))
@settings(max_examples=500, deadline=None)
def test_changes_under_a_right_checksum_do_no_harm(content: bytes, steps: list[tuple[str, int, int | bytes]]) -> None:
    changed = sealed(mutated(content, steps))
    try:
        images, header = read_aez(changed, find_damaged)
    except AecoreError:
        return
    assert images.shape == (header.pictures, 1, 8, 6)
    assert images.numel() <= MAX_VALUES


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_rejected(content: bytes) -> None:
    for candidate in (content, b"\x89AEZ" + content, sealed(b"\x89AEZ\x01" + content)):
        with pytest.raises(InvalidInput):
            read_header(candidate)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES[:0], "no pictures"),
        (torch.zeros(2, 1, 8, 8), "shape"),
        (torch.full((2, 1, 8, 6), 2.0), "0"),
    ],
)
def test_other_images_are_rejected(images: torch.Tensor, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        write_aez(images, SOURCE)


def test_a_large_codec_is_not_contained() -> None:
    large = Source("a-run", 7, SOURCE.weights, CODEC, SOURCE.codec_json + b" " * MAX_CODEC_BYTES)
    with pytest.raises(InvalidInput, match="Use fewer bits"):
        write_aez(IMAGES[:5], large, contained=True)
    assert len(write_aez(IMAGES[:5], large)) == len(FILE)
