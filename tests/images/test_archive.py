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


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return buffer.getvalue()


def with_header(data: bytes, offset: int, form: str, value: int) -> bytes:
    """Change the value at an offset of the first entry in the central directory."""
    at = data.index(b"PK\x01\x02") + offset
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


FLAGS, METHOD, SIZE, OFFSET = (8, "<H"), (10, "<H"), (24, "<I"), (42, "<I")


@pytest.mark.parametrize("data", [png(), b"", b"PK", b"PK\x05", "text", None])
def test_yields_other_files_unchanged(data: bytes) -> None:
    assert list(unpack("a.zip", data)) == [("a.zip", data)]
    assert list(unpack("x/y/b.png", data)) == [("b.png", data)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_yields_the_files_of_a_zip_in_order(method: int) -> None:
    files = {f"{i}.png": png(i) for i in range(5)}
    assert list(unpack("digits.txt", zipped(files, method))) == list(files.items())
    assert list(unpack("digits.zip", zipped({}))) == []


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("../../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("..\\..\\windows\\system.png", "windows/system.png"),
        ("C:\\cats\\one.png", "cats/one.png"),
        ("C:one.png", "one.png"),
        ("C:\\one.png", "one.png"),
        ("./one.png", "one.png"),
        ("cats/../one.png", "one.png"),
        ("a/b/c.png", "b/c.png"),
        ("x" * 500 + "/one.png", "x" * 80 + "/one.png"),
        ("line\nbreak/one.png", "line?break/one.png"),
        ("scan 10:30.png", "scan 10:30.png"),
        ('the "best".png', 'the "best".png'),
        ("x" * 500 + ".png", "x" * 76 + ".png"),
        ("line\nbreak\x1b[2J.png", "line?break?[2J.png"),
        ("Zürich/日本.png", "Zürich/日本.png"),
    ],
)
def test_names_become_labels_and_nothing_is_written(
    path: str, label: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert list(unpack("z.zip", zipped({path: png()}))) == [(label, png())]
    assert list(tmp_path.iterdir()) == []


def test_skips_files_that_systems_add() -> None:
    system_files = ("__MACOSX/._a.png", "__MACOSX/a.png", ".DS_Store", "sub/.hidden.png", "Thumbs.db", "x/desktop.ini")
    files = {"a.png": png(), "folder/": b"", "folder\\": b"", "..": b"", **dict.fromkeys(system_files, b"x")}
    assert [name for name, _ in unpack("z.zip", zipped(files))] == ["a.png"]


def test_continues_after_an_unreadable_file() -> None:
    files = {
        "good.png": png(7),
        "text.png": b"hello",
        "zip.png": zipped({"a": b"b"}),
        "empty.png": b"",
        "last.png": png(9),
    }
    found = dict(ingest("z.zip", zipped(files)))
    assert [name for name, image in found.items() if isinstance(image, ImageError)] == [*files][1:4]
    assert [int(found[name][0, 0]) for name in ("good.png", "last.png")] == [7, 9]  # type: ignore[index]
    assert "zip within a zip" in str(found["zip.png"])


TWO_FILES = zipped({"bad.png": png(), "good.png": png(1)})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (with_header(TWO_FILES, *FLAGS, 1), "password"),
        (with_header(TWO_FILES, *METHOD, zipfile.ZIP_LZMA), "unsupported compression"),
        (with_header(TWO_FILES, *METHOD, 99), "unsupported compression"),
        (with_header(TWO_FILES, *SIZE, 10), "damaged"),
        (with_header(TWO_FILES, *SIZE, 3 * 10**9), "at most 20 MB"),
        (with_header(TWO_FILES, *OFFSET, 7), "damaged"),
        (TWO_FILES[:50] + bytes([TWO_FILES[50] ^ 255]) + TWO_FILES[51:], "damaged"),
        (zipped({"bad.png": bytes(50_000_000), "good.png": png(1)}), "50.0 MB unpacked"),
    ],
    ids=["encrypted", "LZMA", "unknown", "too short", "huge", "wrong offset", "changed", "zip bomb"],
)
def test_unreadable_file_yields_the_reason(data: bytes, message: str) -> None:
    (name, error), good = unpack("z.zip", data)
    assert name == "bad.png"
    assert message in str(error)
    assert good == ("good.png", png(1))


def test_unpacks_no_more_than_the_stated_size() -> None:
    """A large file with a small stated size is not unpacked beyond that size."""
    data = with_header(zipped({"bomb.png": bytes(100_000_000)}), *SIZE, 1000)
    ((_, error),) = unpack("z.zip", data)
    assert isinstance(error, ImageError)
    assert next(unpack("z.zip", with_header(TWO_FILES, *SIZE, 10**7))) == ("bad.png", png()), (
        "the stated size is larger than the file"
    )


def test_limits_the_total_unpacked_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 250)
    *found, (name, error) = unpack("z.zip", zipped({f"{i}.png": bytes(100) for i in range(5)}))
    assert found == [("0.png", bytes(100)), ("1.png", bytes(100))]
    assert name == "z.zip"
    assert "'2.png'" in str(error)


def test_rejected_files_do_not_count_toward_the_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 100)
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 250)
    found = list(unpack("z.zip", zipped({**{f"{i}.png": bytes(101) for i in range(9)}, "good.png": b"good"})))
    assert found[-1] == ("good.png", b"good")


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("MAX_FILES", 3, "holds 5 files; at most 3"),
        ("_MAX_ENTRIES", 4, "holds 5 files"),
        ("MAX_ZIP_BYTES", 99, "split it"),
    ],
)
def test_rejects_a_zip_beyond_the_limits(limit: str, value: int, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, limit, value)
    ((name, error),) = unpack("many.zip", zipped({f"{i}.png": png() for i in range(5)}))
    assert name == "many.zip"
    assert "many.zip" not in str(error), "pages and shell write the name before the message"
    assert message in str(error)


def overlapping(count: int) -> bytes:
    """A zip whose entries share the same bytes, as in Fifield, A better zip bomb, 2019."""
    data = zipped({"a.png": bytes(10_000_000)})
    table, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entries = data[table:end] * count
    return data[:table] + entries + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entries), table, 0)


@pytest.mark.parametrize(
    "data",
    [
        overlapping(2000),
        with_header(TWO_FILES, 30, "<H", 60_000),
        TWO_FILES[:-10],
        TWO_FILES[: len(TWO_FILES) // 2],
        TWO_FILES[:4],
        TWO_FILES[:-22] + bytes(22),
    ],
)
def test_damaged_zip_yields_one_error(data: bytes) -> None:
    ((name, error),) = unpack("z.zip", data)
    assert name == "z.zip"
    assert "This is a damaged or incomplete zip" in str(error)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 1000), st.integers(0, 40))
def test_never_raises_another_error(noise: bytes, at: int, removed: int) -> None:
    intact = zipped({"a.png": png(), "b/c.png": b"text" * 20})
    at %= len(intact)
    for data in (b"PK\x03\x04" + noise, intact[:at] + noise + intact[at + removed :], intact[:at]):
        for name, image in ingest("z.zip", data):
            assert isinstance(name, str)
            assert isinstance(image, ImageError | np.ndarray)
