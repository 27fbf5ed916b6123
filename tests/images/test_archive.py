from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from aecore.errors import ImageError
from aecore.images import archive, ingest, unpack


def png(value: int = 0, side: int = 4) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((side, side), value, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return buffer.getvalue()


def with_header(data: bytes, offset: int, form: str, value: int) -> bytes:
    """A zip whose first entry in the table of contents has another value at an offset."""
    at = data.index(b"PK\x01\x02") + offset
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


FLAGS, METHOD, SIZE, WHERE = (8, "<H"), (10, "<H"), (24, "<I"), (42, "<I")


@pytest.mark.parametrize("data", [png(), b"", b"PK", b"PK\x05", "text", None])
def test_anything_but_a_zip_is_itself(data: bytes) -> None:
    assert list(unpack("a.zip", data)) == [("a.zip", data)]
    assert list(unpack("x/y/b.png", data)) == [("b.png", data)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_come_in_order_whatever_the_name_of_the_zip(method: int) -> None:
    files = {f"{i}.png": png(i) for i in range(5)}
    assert list(unpack("digits.txt", packed(files, method))) == list(files.items())
    assert list(unpack("digits.zip", packed({}))) == []


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("../../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\windows\\system.png", "system.png"),
        ("C:\\cats\\one.png", "one.png"),
        ("C:one.png", "one.png"),
        ("a/b/c.png", "c.png"),
        ("x" * 500 + ".png", "x" * 76 + ".png"),
        ("line\nbreak\x1b[2J.png", "line?break?[2J.png"),
        ("Zürich/日本.png", "日本.png"),
    ],
)
def test_names_are_labels_and_nothing_is_written(
    path: str, label: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert list(unpack("z.zip", packed({path: png()}))) == [(label, png())]
    assert list(tmp_path.iterdir()) == []


def test_what_a_system_adds_is_passed_over() -> None:
    litter = ("__MACOSX/._a.png", "__MACOSX/a.png", ".DS_Store", "sub/.hidden.png", "Thumbs.db", "x/desktop.ini")
    files = {"a.png": png(), "folder/": b"", "folder\\": b"", "..": b"", **dict.fromkeys(litter, b"x")}
    assert [name for name, _ in unpack("z.zip", packed(files))] == ["a.png"]


def test_a_bad_member_does_not_stop_the_others() -> None:
    files = {
        "good.png": png(7),
        "text.png": b"hello",
        "zip.png": packed({"a": b"b"}),
        "empty.png": b"",
        "last.png": png(9),
    }
    found = dict(ingest("z.zip", packed(files)))
    assert [name for name, picture in found.items() if isinstance(picture, ImageError)] == [*files][1:4]
    assert [int(found[name][0, 0]) for name in ("good.png", "last.png")] == [7, 9]  # type: ignore[index]
    assert "zip within a zip" in str(found["zip.png"])


TWO = packed({"bad.png": png(), "good.png": png(1)})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (with_header(TWO, *FLAGS, 1), "password"),
        (with_header(TWO, *METHOD, zipfile.ZIP_LZMA), "packed in a way"),
        (with_header(TWO, *METHOD, 99), "packed in a way"),
        (with_header(TWO, *SIZE, 10), "damaged"),
        (with_header(TWO, *SIZE, 3 * 10**9), "at most 20 MB"),
        (with_header(TWO, *WHERE, 7), "damaged"),
        (TWO[:50] + bytes([TWO[50] ^ 255]) + TWO[51:], "damaged"),
        (packed({"bad.png": bytes(50_000_000), "good.png": png(1)}), "50.0 MB unpacked"),
    ],
    ids=["locked", "LZMA", "unknown", "too short", "huge", "elsewhere", "changed", "a bomb"],
)
def test_why_a_member_cannot_be_had(data: bytes, words: str) -> None:
    (name, told), good = unpack("z.zip", data)
    assert name == "bad.png"
    assert words in str(told)
    assert good == ("good.png", png(1))


def test_a_lie_about_the_size_unpacks_no_further() -> None:
    """What a member really holds is not unpacked beyond what it said, so that one said small stays small."""
    data = with_header(packed({"bomb.png": bytes(100_000_000)}), *SIZE, 1000)
    ((_, told),) = unpack("z.zip", data)
    assert isinstance(told, ImageError)
    assert next(unpack("z.zip", with_header(TWO, *SIZE, 10**7))) == ("bad.png", png()), "more is said than there is"


def test_all_members_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 250)
    *found, (name, told) = unpack("z.zip", packed({f"{i}.png": bytes(100) for i in range(5)}))
    assert found == [("0.png", bytes(100)), ("1.png", bytes(100))]
    assert name == "z.zip"
    assert "'2.png'" in str(told)


def test_members_that_are_not_unpacked_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 100)
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 250)
    found = list(unpack("z.zip", packed({**{f"{i}.png": bytes(101) for i in range(9)}, "good.png": b"good"})))
    assert found[-1] == ("good.png", b"good")


@pytest.mark.parametrize(
    ("limit", "most", "words"),
    [
        ("MAX_FILES", 3, "holds 5 files; at most 3"),
        ("_MOST_ENTRIES", 4, "holds 5 files"),
        ("MAX_ZIP_BYTES", 99, "split it"),
    ],
)
def test_limits_are_told(limit: str, most: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, limit, most)
    ((name, told),) = unpack("many.zip", packed({f"{i}.png": png() for i in range(5)}))
    assert name == "many.zip"
    assert "'many.zip'" in str(told)
    assert words in str(told)


def overlapping(count: int) -> bytes:
    """A zip whose members are all the same bytes, as in Fifield, A better zip bomb, 2019."""
    data = packed({"a.png": bytes(10_000_000)})
    table, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entries = data[table:end] * count
    return data[:table] + entries + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entries), table, 0)


@pytest.mark.parametrize(
    "data",
    [
        overlapping(2000),
        with_header(TWO, 30, "<H", 60_000),
        TWO[:-10],
        TWO[: len(TWO) // 2],
        TWO[:4],
        TWO[:-22] + bytes(22),
    ],
)
def test_a_damaged_zip_is_told_once(data: bytes) -> None:
    ((name, told),) = unpack("z.zip", data)
    assert name == "z.zip"
    assert "'z.zip' is a damaged" in str(told)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 1000), st.integers(0, 40))
def test_whatever_the_bytes_nothing_else_is_raised(noise: bytes, at: int, cut_off: int) -> None:
    whole = packed({"a.png": png(), "b/c.png": b"text" * 20})
    at %= len(whole)
    for data in (b"PK\x03\x04" + noise, whole[:at] + noise + whole[at + cut_off :], whole[:at]):
        for name, picture in ingest("z.zip", data):
            assert isinstance(name, str)
            assert isinstance(picture, ImageError | np.ndarray)
