"""The commands that download data and import pictures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aecore.cli import main
from aecore.data.own import OwnImages
from aecore.images import MNIST_STEPS


@pytest.mark.parametrize(
    ("dataset", "code", "message"),
    [
        ("mnist-5k", 0, "MNIST, 5,000 needs no download.\n"),
        ("vectors", 0, "Vectors needs no download.\n"),
        ("own", 1, "Add some first. (`python -m aecore import NAME PATH ...`)\n"),
    ],
)
def test_fetch_claims_only_what_is_so(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    dataset: str,
    code: int,
    message: str,
) -> None:
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    assert main(["fetch", dataset]) == code
    assert "".join(capsys.readouterr()).endswith(message)
    assert not list(tmp_path.iterdir())


def test_imports_images_and_trains_on_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "home"))
    folder = tmp_path / "cats"
    (folder / "deep").mkdir(parents=True)
    for i in range(40):
        Image.new("RGB", (20 + i, 30), (6 * i, 90, 200)).save(folder / ("deep" if i % 2 else ".") / f"{i}.png")
    (folder / "notes.png").write_text("not an image")
    assert main(["import", "My cats", str(folder)]) == 0
    captured = capsys.readouterr()
    assert "notes.png: This is text" in captured.err
    assert "Imported 40 images" in captured.out
    assignment = captured.out.split("--set ")[1].strip()
    changes = [
        "--set",
        "training.batch_size=8",
        "--set",
        "dataset.color=true",
        "--set",
        "dataset.side=32",
        "--set",
        assignment,
    ]
    assert main(["train", "quick-start", "--dataset", "own", "--epochs", "1", "--json", *changes]) == 0
    results = json.loads(capsys.readouterr().out)
    assert (results["dataset"], results["epochs"]) == ("own", 1), "the length of the argument"
    assert main(["train", "regularized", "--dataset", "own", "--set", assignment, "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert (results["status"], results["steps"]) == ("finished", 160), "as many as with 4,000 images"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "cats", "nowhere.zip"], "No such file or folder: nowhere.zip"),
        (["import", "cats", "."], "There are 0 usable images"),
        (["import", "cats"], "required: path"),
        (["import", "cats", ".", "--fit", "--as-mnist"], "not allowed with argument --fit"),
    ],
)
def test_import_errors_are_one_line(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "home"))
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def zipped(folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder), "zip", folder))


@pytest.mark.parametrize(
    ("given", "class_names"),
    [
        (lambda pets: [pets], ("cats", "dogs", "pets")),
        (lambda pets: [pets / "cats", pets / "dogs"], ("cats", "dogs")),
        (lambda pets: [zipped(pets)], ("cats", "dogs", "no folder")),
        (lambda pets: [pets / "cats", *(pets / "dogs").iterdir()], ()),
        (lambda pets: [pets / "cats"], ()),
    ],
    ids=["a folder", "folders", "a zip", "a folder and files", "one folder"],
)
def test_import_makes_classes_of_folders(tmp_path, monkeypatch, capsys, given, class_names):
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "home"))
    pets = tmp_path / "pets"
    for i in range(65):
        folder = pets / ("." if i == 64 else "cats" if i % 2 else "dogs")
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 9), (i, 0, 9)).save(folder / f"{i}.png")
    assert main(["import", "Pets", *map(str, given(pets))]) == 0
    assert OwnImages(validation=0).load().class_names == class_names
    assert ("are their" in capsys.readouterr().out) == bool(class_names)


@pytest.mark.parametrize(("option", "steps"), [((), ("square",)), (("--fit",), ()), (("--as-mnist",), MNIST_STEPS)])
def test_import_keeps_how_images_become_square(tmp_path, monkeypatch, option, steps):
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "home"))
    for i in range(30):
        Image.fromarray(np.random.default_rng(i).integers(0, 256, (9, 20), np.uint8)).save(tmp_path / f"{i}.png")
    assert main(["import", "noise", str(tmp_path), *option]) == 0
    assert OwnImages().preparation == steps


def test_missing_images_name_the_import_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    assert main(["train", "quick-start", "--dataset", "own"]) == 1
    assert "python -m aecore import" in capsys.readouterr().err


def test_imports_the_other_images_if_some_cannot_be_read(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "home"))
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(32):
        Image.new("RGB", (20, 20), (i, 0, 9)).save(folder / f"{i:02}.png")
    (folder / "copy.png").write_bytes((folder / "00.png").read_bytes())
    (folder / "broken link.png").symlink_to("nowhere.png")
    (folder / "text.txt").write_text("hello")
    (folder / "\x1b]0;title\n.txt").write_text("hello")
    frames = [Image.new("L", (9, 9), level) for level in (50, 100)]
    frames[0].save(folder / "pages.tif", save_all=True, append_images=frames[1:])
    with (folder / "huge.img").open("wb") as file:
        file.truncate(40 * 10**9)  # sparse
    assert main(["import", "colors", str(folder)]) == 0
    output = capsys.readouterr()
    assert "Imported 33 images. Left out 1 that repeats another." in output.out
    for problem in ("broken link.png: This file cannot be read: no such file", "text.txt: This is text",
                    "pages.tif: Of several images", "huge.img: This file has 40,000.0 MB; an image may"):  # fmt: skip
        assert problem in output.err
    assert "\x1b" not in output.err
