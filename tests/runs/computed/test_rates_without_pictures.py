from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from PIL import features

from aecore.evaluation.compression import rates
from aecore.runs.computed.rate_distortion import compute_rates, drop_pictures, read_rates
from aecore.runs.run import Run


@pytest.fixture(scope="module")
def numbered(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with the numbers of a measurement of 20 images, and no pictures."""
    run = Run(Path(shutil.copytree(trained.folder, tmp_path_factory.mktemp("store") / "numbered")), read_only=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rates, "MAX_IMAGES", 20)
        compute_rates(run)
    drop_pictures(run)
    return run


@pytest.fixture
def numbers(numbered: Run) -> Path:
    (path,) = numbered.folder.glob("compression/rates-*")
    return path


def test_the_numbers_are_kept_and_the_pictures_added(numbered: Run, numbers: Path) -> None:
    before = read_rates(numbered, numbered.model_step())
    assert before is not None
    assert (before.images, before.pictures, numbers.stat().st_size < 6000) == (20, {}, True)
    compute_rates(numbered)
    after = read_rates(numbered, numbered.model_step())
    assert after is not None
    assert (after.images, after.curves) == (before.images, before.curves), "not measured again"
    assert torch.equal(after.pictures["png"][0], after.originals)
    assert len(after.pictures["codes"]) == 8
    drop_pictures(numbered)


def test_is_measured_again_where_a_format_is_missing(numbered: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MAX_IMAGES", 15)
    monkeypatch.setattr(features, "check", lambda feature: feature != "avif")
    before = (numbered.folder / "compression").glob("rates-*")
    contents = {path: path.read_bytes() for path in before}
    compute_rates(numbered)
    found = read_rates(numbered, numbered.model_step())
    assert found is not None
    assert (found.images, found.curve("avif").points) == (15, ())
    drop_pictures(numbered)
    for path, content in contents.items():
        path.write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"x\x9c", b"{}", b"\x00" * 100], ids=["empty", "truncated", "plain", "zeros"])
def test_damaged_numbers_count_as_missing(numbered: Run, numbers: Path, content: bytes) -> None:
    before = numbers.read_bytes()
    numbers.write_bytes(content)
    assert read_rates(numbered, numbered.model_step()) is None
    numbers.write_bytes(before)
    assert read_rates(numbered, numbered.model_step()) is not None
