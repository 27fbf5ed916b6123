from __future__ import annotations

import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aecore.images import ImageError, archive, pictures_in, unpack


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


def test_anything_but_a_zip_is_itself() -> None:
    assert list(unpack("a.zip", png())) == [("a.zip", png())]
    assert list(unpack("x/y/b.png", b"")) == [("b.png", b"")]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_come_in_order_whatever_the_name_of_the_zip(method: int) -> None:
    files = {f"{i}.png": png(i) for i in range(5)}
    assert list(unpack("digits.txt", packed(files, method))) == list(files.items())


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("../../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\windows\\system.png", "system.png"),
        ("C:\\cats\\one.png", "one.png"),
        ("a/b/c.png", "c.png"),
        ("x" * 500 + ".png", "x" * 76 + ".png"),
        ("line\nbreak.png", "line?break.png"),
        ("<b>bold</b>.png", "b>.png"),
    ],
)
def test_names_are_labels_and_nothing_is_written(path: str, label: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [name for name, _ in unpack("z.zip", packed({path: png()}))] == [label]
    assert list(tmp_path.iterdir()) == []


def test_what_a_system_adds_is_passed_over() -> None:
    files = {"a.png": png(), "__MACOSX/._a.png": b"x", ".DS_Store": b"x", "Thumbs.db": b"x", "folder/": b""}
    assert [name for name, _ in unpack("z.zip", packed(files))] == ["a.png"]


def test_a_bad_member_does_not_stop_the_others() -> None:
    files = {
        "good.png": png(7),
        "text.png": b"hello",
        "zip.png": packed({"a": b"b"}),
        "empty.png": b"",
        "last.png": png(9),
    }
    found = dict(pictures_in("z.zip", packed(files)))
    assert {name for name, picture in found.items() if isinstance(picture, ImageError)} == {
        "text.png", "zip.png", "empty.png",
    }  # fmt: skip
    assert [int(found[name][0, 0]) for name in ("good.png", "last.png")] == [7, 9]  # type: ignore[index]
    assert "Unpack it first" in str(found["zip.png"])


def test_a_bomb_is_not_unpacked() -> None:
    bomb = packed({"bomb.png": bytes(50_000_000), "good.png": png()})
    assert len(bomb) < 100_000
    (name, told), good = unpack("z.zip", bomb)
    assert name == "bomb.png"
    assert "more than 20 MB unpacked" in str(told)
    assert good == ("good.png", png())


def test_a_header_that_lies_about_the_size_is_not_believed() -> None:
    data = bytearray(packed({"bomb.png": bytes(30_000_000)}))
    where = data.rindex(b"PK\x01\x02") + 24  # the unpacked size in the central directory
    data[where : where + 4] = struct.pack("<I", 10)
    ((_, told),) = unpack("z.zip", bytes(data))
    assert isinstance(told, ImageError) or len(told) <= 10


def test_all_members_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED", 250)
    found = list(unpack("z.zip", packed({f"{i}.png": bytes(100) for i in range(5)})))
    assert [isinstance(content, bytes) for _, content in found] == [True, True, False, False, False]
    assert "in all" in str(found[-1][1])


@pytest.mark.parametrize(
    ("limit", "most", "words"),
    [("MOST_FILES", 3, "5 files; it may hold at most 3"), ("MOST_ZIP_BYTES", 99, "Divide it")],
)
def test_limits_are_told(limit: str, most: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, limit, most)
    ((name, told),) = unpack("many.zip", packed({f"{i}.png": png() for i in range(5)}))
    assert name == "many.zip"
    assert words in str(told)


def test_a_locked_member_is_told() -> None:
    data = bytearray(packed({"locked.png": png(), "open.png": png()}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    (name, told), good = unpack("z.zip", bytes(data))
    assert name == "locked.png"
    assert "password" in str(told)
    assert good[1] == png()


@given(st.binary(max_size=300), st.integers(0, 1000), st.integers(0, 40))
def test_whatever_the_bytes_nothing_else_is_raised(noise: bytes, at: int, cut_off: int) -> None:
    whole = packed({"a.png": png(), "b/c.png": b"text" * 20})
    at %= len(whole)
    for data in (b"PK\x03\x04" + noise, whole[:at] + noise + whole[at + cut_off :], whole[:at]):
        for name, picture in pictures_in("z.zip", data):
            assert isinstance(name, str)
            assert isinstance(picture, ImageError | np.ndarray)
