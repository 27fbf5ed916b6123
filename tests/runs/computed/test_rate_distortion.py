from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from aecore.evaluation.compression import rates
from aecore.runs.computed import rate_distortion
from aecore.runs.computed.computation import computed_path
from aecore.runs.computed.rate_distortion import main, read_rates
from aecore.runs.run import Run
from aecore.utils.strict_json import read_json
from aecore.utils.tensors import read_tensors, write_tensors


@pytest.fixture(scope="module")
def measured(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with its rates; as it is outside the store, they are in the cache."""
    run = Run(Path(shutil.copytree(trained.folder, tmp_path_factory.mktemp("store") / "measured")), read_only=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rates, "MAX_IMAGES", 20)
        assert main([str(run.folder)]) == 0
    return run


def test_keeps_what_it_measured(measured: Run) -> None:
    found = read_rates(measured, measured.model_step())
    assert found is not None
    assert (found.images, found.pixels) == (20, 784)
    codes = found.curve("codes")
    assert [point.setting for point in codes.packed("single")] == list(range(1, 9))
    psnr = [point.psnr for point in codes.packed("single")]
    assert psnr[-1] > psnr[0], "more bits lose less"
    model = measured.model()
    shown = found.pictures["codes"][-1].float() / 255
    torch.testing.assert_close(shown, model.reconstruct(found.originals), atol=0.05, rtol=0)
    assert read_rates(measured, measured.model_step() + 1) is None, "of another checkpoint"


def test_prints_the_progress(trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setattr(rates, "MAX_IMAGES", 12)
    run = Run(Path(shutil.copytree(trained.folder, tmp_path / "progress")), read_only=True)
    assert main([str(run.folder)]) == 0
    lines = [read_json(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["done"] == 0
    assert lines[-1]["done"] == lines[-1]["total"]


@pytest.mark.parametrize("stored", [None, "", "[]", "{}", '{"images": 1, "pixels": 1, "curves": [{}]}'])
def test_damaged_files_count_as_missing(measured: Run, stored: str | None) -> None:
    file = computed_path(measured, rate_distortion._name(measured.model_step()))
    before = file.read_bytes()
    tensors, metadata = read_tensors(file)
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    if stored is None:
        del tensors["codes"]
        write_tensors(file, tensors, metadata)
    else:
        write_tensors(file, tensors, {"rates": stored})
    assert read_rates(measured, measured.model_step()) is None
    file.write_bytes(before)
    assert read_rates(measured, measured.model_step()) is not None


def test_a_run_without_weights_has_no_rates(trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(Path(shutil.copytree(trained.folder, tmp_path / "empty")), read_only=True)
    (run.folder / "model.safetensors").unlink()
    assert main([str(run.folder)]) == 1
    assert "no weights" in capsys.readouterr().err


def test_image_files_are_measured_once_for_the_same_images(
    measured: Run, trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "MAX_IMAGES", 20)
    other = Run(Path(shutil.copytree(trained.folder, tmp_path / "other")), read_only=True)
    with monkeypatch.context() as patch:
        patch.setattr(rates, "measure_files", lambda *_: pytest.fail("image files were measured again"))
        assert main([str(other.folder)]) == 0
    before, found = (read_rates(run, run.model_step()) for run in (measured, other))
    assert before is not None
    assert found is not None
    assert found.curves == before.curves
    assert torch.equal(found.pictures["avif"], before.pictures["avif"])


def test_a_damaged_cache_of_image_files_is_replaced(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "MAX_IMAGES", 12)
    run = Run(Path(shutil.copytree(trained.folder, tmp_path / "damaged")), read_only=True)
    file = rate_distortion._files_path(rates.images_to_measure(run.config().dataset.load()))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"damaged")
    assert main([str(run.folder)]) == 0
    found = read_rates(run, run.model_step())
    assert found is not None
    assert torch.equal(found.pictures["png"][0], found.originals)
    assert len(file.read_bytes()) > 1000
