"""The command that compresses test images without loss."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from aecore.cli import main
from aecore.config.run_config import RunConfig
from aecore.data import Mnist5k
from aecore.models.bottlenecks.variational import Variational
from aecore.models.networks.dense import Dense
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.runs.store import Store

IMAGES = "20"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of a few steps, in a home of its own."""
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "home"))
    return trained("histograms")


def trained(loss: str) -> Run:
    config = RunConfig(
        dataset=Mnist5k(images=200, validation=10), network=Dense(widths=(16,)), bottleneck=Variational(latent=4)
    ).changed({"training.loss": loss, "training.length": {"kind": "steps", "steps": 3}})
    run = Store().create(config, loss, training=True)
    run_training(run)
    return run


@pytest.mark.usefixtures("run")
def test_measures_the_code_that_another_process_decodes(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["lossless", "measure", "histograms", "--images", IMAGES, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    rates = found["bits_per_pixel"]
    assert {"negative ELBO", "bits-back coding", "gzip", "bz2", "lzma"} < set(rates)
    assert rates["bits-back coding"] == 8 * found["bytes"] / (int(IMAGES) * 784)
    own = 8 * found["bytes"] - found["initial_bits"]
    assert own / (int(IMAGES) * 784) == pytest.approx(rates["negative ELBO"], rel=0.05)


def test_encodes_and_decodes_a_file(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, output = tmp_path / "code", tmp_path / "images.npy"
    assert main(["lossless", "encode", run.id, str(file), "--images", IMAGES]) == 0
    assert f"{IMAGES} test images in {file.stat().st_size:,} bytes" in capsys.readouterr().out
    assert main(["lossless", "decode", run.id, str(file), "--output", str(output)]) == 0
    assert "They are the test images of MNIST, 5,000." in capsys.readouterr().out
    expected = run.config().dataset.load().test.images[: int(IMAGES)]
    assert torch.equal(torch.from_numpy(np.load(output)), expected)


def test_what_cannot_be_written_is_not_computed(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lossless", "encode", "histograms", str(tmp_path / "code"), "--images", IMAGES]) == 0
    capsys.readouterr()
    assert main(["lossless", "encode", "histograms", "nowhere/code", "--images", IMAGES]) == 2
    assert main(["lossless", "decode", "histograms", str(tmp_path / "code"), "--output", "nowhere/images.npy"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "aecore: Cannot write nowhere/code: no such file or directory.",
        "aecore: Cannot write nowhere/images.npy: no such file or directory.",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["encode", "histograms", "{file}"], "exists; choose another name."),
        (["encode", "histograms", "nowhere/code", "--images", "1"], "Cannot write nowhere/code: no such file"),
        (["encode", "histograms", "x" * 300, "--images", "1"], f"Cannot write {'x' * 300}: file name too long."),
        (["encode", "histograms", "code", "--images", "0"], "--images is 0; it must be at least 1."),
        (["decode", "histograms", "nowhere"], "Cannot read nowhere: no such file or directory."),
        (["decode", "histograms", "{file}"], "This is no file of `python -m aecore lossless encode`."),
        (["decode", "histograms", "{file}", "--output", "{file}"], "exists; choose another name."),
        (["measure", "bce", "--images", "1"], "This model predicts no distribution of exact pixel values; train one"),
        (["measure", "nothing"], "There is no run 'nothing'"),
        (["measure"], "required: run"),
        ([], "required: action"),
    ],
)
@pytest.mark.usefixtures("run")
def test_errors_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    if "bce" in arguments:
        trained("bce")
    (tmp_path / "file").write_bytes(b"something else")
    assert main(["lossless", *(part.format(file=tmp_path / "file") for part in arguments)]) in (1, 2)
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("aecore: ")]
    assert message in line
