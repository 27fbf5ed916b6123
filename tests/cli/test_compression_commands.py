"""`compress` and `decompress`: pictures to an .aez file and back, also in another process and on another machine."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aecore.cli import main
from aecore.runs.run import Run

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def stored(stored: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The stored run, with the current folder beside its home."""
    monkeypatch.chdir(tmp_path)
    return stored


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of 40 pictures in color, of several sizes."""
    folder = tmp_path / "photos"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for number in range(40):
        small = generator.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        Image.fromarray(small).resize((40 + number, 50), Image.Resampling.BICUBIC).save(folder / f"{number:02}.png")
    return folder


def aecore(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a process and a home of its own."""
    return subprocess.run(
        [sys.executable, "-m", "aecore", *map(str, arguments)],
        env={**os.environ, "AECORE_HOME": str(home), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_one_picture_is_counted_as_one(stored: Run, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compress", "Trained", str(photos / "01.png"), "-o", "some.aez"]) == 0
    assert "1 picture of 28 x 28 pixels in" in capsys.readouterr().out
    assert main(["decompress", "some.aez"]) == 0
    assert capsys.readouterr().out == "1 picture of 28 x 28 pixels is in some.\n"


def test_pictures_return_as_png_files(stored: Run, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.write(photos / "00.png", "inside.png")
    (photos / "more.zip").write_bytes(zipped.getvalue())
    (photos / "notes.txt").write_text("no picture")
    assert main(["compress", "Trained", str(photos), str(photos / "01.png"), "-o", "some.aez"]) == 0
    out, err = capsys.readouterr()
    size = Path("some.aez").stat().st_size
    assert out.startswith(f"some.aez: 42 pictures of 28 x 28 pixels in {size:,} bytes, ")
    assert f"{8 * size / 42:,.1f} bits per picture. It opens where step 30 of the run {stored.id} is." in out
    assert "notes.txt: This is text" in err
    assert main(["decompress", "some.aez"]) == 0
    assert capsys.readouterr().out == "42 pictures of 28 x 28 pixels are in some.\n"
    files = sorted(Path("some").iterdir())
    assert [file.name for file in files] == [f"some-{number:02}.png" for number in range(1, 43)]
    with Image.open(files[0]) as first:
        assert (first.size, first.mode) == ((28, 28), "L")
    assert files[1].read_bytes() == files[41].read_bytes()


def test_starter_models_compress_and_open(stored: Run, photos: Path) -> None:
    assert main(["compress", "starter-3-two", str(photos / "00.png"), "-o", "one.aez", "--bits", "8"]) == 0
    assert main(["decompress", "one.aez", "-o", "a/b"]) == 0
    assert [file.name for file in Path("a/b").iterdir()] == ["one-1.png"]


def test_own_color_pictures_return_on_another_machine(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in a process of its own; the run is exported, and imported into another home."""
    home, other = tmp_path / "home", tmp_path / "other"
    monkeypatch.setenv("AECORE_HOME", str(home))
    assert main(["import", "blots", str(photos)]) == 0
    training = ["--set", "dataset.side=32", "--set", "dataset.color=true", "--steps", "20", "--name", "colored"]
    assert main(["train", "quick-start", "--dataset", "own", *training]) == 0

    compressed = aecore(home, "compress", "colored", photos / "00.png", photos / "39.png", "-o", tmp_path / "two.aez")
    assert "2 pictures of 32 x 32 pixels" in compressed.stdout, compressed.stderr
    missing = aecore(other, "decompress", tmp_path / "two.aez", "-o", tmp_path / "there")
    assert missing.returncode == 1
    assert missing.stderr.startswith("aecore: This .aez file was compressed with the run ")
    assert missing.stderr.count("\n") == 1

    assert main(["export", "colored", str(tmp_path / "run.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        archive.extractall(other / "runs")
    for machine, folder in ((home, "here"), (other, "there")):
        assert aecore(machine, "decompress", tmp_path / "two.aez", "-o", tmp_path / folder).returncode == 0
    for name in ("two-1.png", "two-2.png"):
        with Image.open(tmp_path / "here" / name) as one, Image.open(tmp_path / "there" / name) as two:
            assert (one.size, one.mode) == ((32, 32), "RGB")
            assert np.array_equal(np.asarray(one), np.asarray(two))


def test_each_kind_of_model_opens_its_file_in_another_process(
    stored: Run, photos: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kinds = {
        "dense": ["quick-start"],
        "conv": ["convolutional", "--set", "network.channels=[4,8]"],
        "vae": ["vae"],
        "vq": ["vq-vae", "--set", "network.channels=[4,8]"],
    }
    for name, arguments in kinds.items():
        assert main(["train", *arguments, "--dataset", "mnist-5k", "--steps", "3", "--name", name]) == 0
        assert main(["compress", name, str(photos), "-o", f"{name}.aez"]) == 0
        assert main(["decompress", f"{name}.aez"]) == 0
    script = "import sys; from aecore.cli import main; sys.exit(any(main(['decompress', f'{n}.aez', '-o', f'new/{n}']) "
    script += f"for n in {list(kinds)}))"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=240)
    for name in kinds:
        files = sorted(Path(name).iterdir())
        assert len(files) == 40
        for file in files:
            with Image.open(file) as one, Image.open(Path("new") / file) as two:
                assert np.abs(np.asarray(one, np.int16) - np.asarray(two, np.int16)).max() <= 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["compress", "Trained", "none.png", "-o", "a.aez"], 2, "No such file or folder: none.png."),
        (["compress", "Trained", "empty", "-o", "a.aez"], 2, "None of these files is a readable picture."),
        (["compress", "Trained", "one.png", "-o", "taken.aez"], 2, "taken.aez exists; choose another name."),
        (["compress", "Trained", "one.png", "-o", "one.png/a.aez"], 2, "Cannot write one.png/a.aez: "),
        (["compress", "Trained", "one.png", "-o", "x" * 300], 2, f"Cannot write {'x' * 300}: file name too long."),
        (["compress", "Trained", "one.png", "-o", "a.aez", "--bits", "9"], 2, "9 bits per number are not possible"),
        (["compress", "Trained", "one.png"], 2, "The following arguments are required: -o/--output"),
        (["compress", "absent", "one.png", "-o", "a.aez"], 1, "There is no run 'absent'"),
        (["compress", "vectors", "one.png", "-o", "a.aez"], 2, "This model takes vectors"),
        (["decompress", "none.aez"], 2, "Cannot read none.aez: no such file or directory."),
        (["decompress", "empty"], 2, "Cannot read empty: is a directory."),
        (["decompress", "one.png"], 2, "This is no .aez file"),
        (["decompress", "taken.aez"], 2, "This .aez file is incomplete: 5 of 53 bytes are there."),
    ],
)
def test_errors_are_one_sentence(
    arguments: list[str], code: int, message: str, stored: Run, photos: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(photos / "00.png", "one.png")
    Path("empty").mkdir()
    Path("taken.aez").write_bytes(b"\x89AEZ\1")
    if "vectors" in arguments:
        vectors = ["--dataset", "vectors", "--set", "training.loss=mse", "--steps", "2", "--name", "vectors"]
        assert main(["train", "quick-start", *vectors]) == 0
        capfd.readouterr()
    assert main(arguments) == code
    out, err = capfd.readouterr()
    assert (out, err.splitlines()[-1].startswith(f"aecore: {message}")) == ("", True)
    assert not Path("a.aez").exists()


def test_existing_pictures_are_kept(stored: Run, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compress", "Trained", str(photos / "00.png"), "-o", "one.aez"]) == 0
    assert main(["decompress", "one.aez"]) == 0
    assert main(["decompress", "one.aez"]) == 2
    assert "one-1.png exists; choose another folder with -o." in capsys.readouterr().err
    assert main(["decompress", "one.aez", "-o", "x" * 300]) == 2
    assert f"Cannot write {'x' * 300}/one-1.png: file name too long." in capsys.readouterr().err
