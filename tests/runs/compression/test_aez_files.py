"""Pictures compressed with a run and opened with the same run, its export, and other runs."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
import torch
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.data import Mnist5k
from aecore.errors import InvalidInput, RunNotFound, UnreadableRun
from aecore.evaluation.compression.aez import read_header, weights_hash
from aecore.models.bottlenecks.feature_map import FeatureMap
from aecore.models.bottlenecks.variational import Variational
from aecore.models.bottlenecks.vector_quantized import VectorQuantized
from aecore.models.networks.conv import Conv
from aecore.runs.compression.codecs import codec_of, main, store_codecs
from aecore.runs.compression.files import compress_images, decompress_images
from aecore.runs.execute import run_training
from aecore.runs.export import export_run
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.utils.tensors import read_tensors, write_tensors

STARTERS = Path(__file__).parents[3] / "assets" / "starters"


@pytest.fixture(scope="session")
def images() -> Tensor:
    return Mnist5k().load().test.images[:20]


def imported(run: Run, folder: Path, run_id: str | None = None) -> Run:
    """The run on another machine, after its export and import."""
    folder.mkdir(exist_ok=True)
    export_run(run, folder / "run.zip")
    with zipfile.ZipFile(folder / "run.zip") as archive:
        archive.extractall(folder / "runs")
    if run_id:
        (folder / "runs" / run.id).rename(folder / "runs" / run_id)
    return Run(folder / "runs" / (run_id or run.id))


def train(config: RunConfig, store: Store) -> Run:
    run = store.create(config, training=True)
    assert run_training(run).status == "finished"
    return run


@pytest.mark.parametrize("bits", [None, 1, 8])
def test_pictures_return_as_the_model_sees_them(stored: Run, images: Tensor, bits: int | None) -> None:
    content = compress_images(stored, images, bits)
    found, header = decompress_images(content, Store().runs())
    codec = codec_of(stored, bits).codec
    assert torch.equal(found, (codec.decode(codec.encode(images)) * 255).round().to(torch.uint8))
    assert (header.run, header.step, header.pictures, header.contained) == (stored.id, 30, 20, None)
    assert header.bits == (bits or 4)
    assert header.file_bytes == len(content) == 53 + len(stored.id) + header.payload_bytes
    assert compress_images(stored, images, bits) == content


def test_the_weights_on_disk_have_the_hash_of_the_model(stored: Run) -> None:
    tensors, metadata = read_tensors(stored.folder / "model.safetensors")
    assert weights_hash(tensors) == weights_hash(stored.model().state_dict())
    halves = {name: tensor.half() for name, tensor in tensors.items()}
    write_tensors(stored.folder / "model.safetensors", halves, metadata)
    assert weights_hash(halves) == weights_hash(stored.model().state_dict())


@pytest.mark.parametrize("run_id", [None, "imported-under-another-id"])
def test_an_imported_run_opens_files_of_the_original(
    stored: Run, images: Tensor, tmp_path: Path, run_id: str | None
) -> None:
    content = compress_images(stored, images)
    expected, _ = decompress_images(content, [stored])
    copy = imported(stored, tmp_path, run_id)
    shutil.rmtree(stored.folder)
    found, header = decompress_images(content, Store(copy.folder.parent).runs())
    assert torch.equal(found, expected)
    assert (copy.id, header.run) == (run_id or stored.id, stored.id)


def test_a_run_that_was_exported_before_opens_files_that_contain_the_codec(
    stored: Run, images: Tensor, tmp_path: Path
) -> None:
    copy = imported(stored, tmp_path)
    reference, contained = (compress_images(stored, images, contained=contained) for contained in (None, True))
    with pytest.raises(UnreadableRun, match=f"a codec that the run {stored.id} does not have.*--contained"):
        decompress_images(reference, [copy])
    found, header = decompress_images(contained, [copy])
    assert header.contained is not None
    assert torch.equal(found, decompress_images(reference, [copy, stored])[0])


def test_a_run_trained_further_says_so(stored: Run, small: RunConfig, images: Tensor, store: Store) -> None:
    content = compress_images(stored, images)
    tensors, _ = read_tensors(stored.folder / "model.safetensors")
    changed = {name: tensor + 1 for name, tensor in tensors.items()}
    write_tensors(stored.folder / "model.safetensors", changed, {"step": "40"})
    with pytest.raises(RunNotFound, match=f"step 30 of the run {stored.id}, which has other weights here"):
        decompress_images(content, [stored])
    compress_images(stored, images)
    assert len(list((stored.folder / "compression").iterdir())) == 1  # the codec of the earlier weights is of no use


def test_a_file_of_another_model_names_it(stored: Run, images: Tensor) -> None:
    content = compress_images(stored, images)
    others = Store(STARTERS).runs()
    with pytest.raises(RunNotFound, match=rf"run {stored.id} at step 30, .*`python -m aecore export {stored.id}`"):
        decompress_images(content, others)


def test_a_damaged_codec_is_made_again(stored: Run, images: Tensor) -> None:
    content = compress_images(stored, images)
    (path,) = (stored.folder / "compression").iterdir()
    path.write_bytes(b'{"method": "codes"}')
    with pytest.raises(UnreadableRun, match="codec"):
        decompress_images(content, [stored])
    assert compress_images(stored, images) == content
    assert decompress_images(content, [stored])[1].pictures == 20


def test_starter_models_come_with_the_codec_of_the_default_bits(
    images: Tensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    starters = Store(tmp_path / "runs", (STARTERS,)).runs()
    assert len(starters) == 7
    for run in starters:
        content = compress_images(run, images)
        found, header = decompress_images(content, starters)
        assert (header.run, header.contained, len(found)) == (run.id, None, 20)
        assert header.file_bytes - header.payload_bytes == 53 + len(run.id)


def test_files_of_starter_models_contain_a_codec_that_does_not_come_with_them(
    images: Tensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(STARTERS / "starter-3-two", tmp_path / "starters" / "starter-3-two")
    shutil.rmtree(tmp_path / "starters" / "starter-3-two" / "compression", ignore_errors=True)
    (run,) = Store(tmp_path, (tmp_path / "starters",)).runs()
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "home"))
    content = compress_images(run, images)
    assert read_header(content).contained is not None
    assert not (run.folder / "compression").exists()
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "another home"))
    assert len(decompress_images(content, [run])[0]) == 20


def test_bits_are_checked(stored: Run, images: Tensor) -> None:
    for bits in (0, 9):
        with pytest.raises(InvalidInput, match="choose 1 to 8"):
            compress_images(stored, images, bits)


def test_all_codecs_are_stored_at_once(stored: Run, images: Tensor, capsys: pytest.CaptureFixture[str]) -> None:
    compress_images(stored, images)
    assert main([str(stored.folder), "4", "5"]) == 0
    assert '{"done": 1, "total": 1}' in capsys.readouterr().out
    assert main([str(stored.folder)]) == 0
    assert '{"done": 6, "total": 6}' in capsys.readouterr().out
    assert len(list((stored.folder / "compression").iterdir())) == 8
    store_codecs(stored)
    assert not capsys.readouterr().out


MODELS = {
    "conv": {"network": Conv(channels=(4, 8)), "bottleneck": FeatureMap()},
    "vae": {"bottleneck": Variational(latent=3)},
    "vq": {"network": Conv(channels=(4, 8)), "bottleneck": VectorQuantized(codebook_size=20, codebook_dim=4)},
}


@pytest.mark.parametrize("kind", MODELS)
def test_other_models_compress(kind: str, small: RunConfig, images: Tensor, store: Store, tmp_path: Path) -> None:
    run = train(small.changed({**MODELS[kind], "training.length.epochs": 1}), store)
    content = compress_images(run, images)
    copy = imported(run, tmp_path / "copy")
    found, header = decompress_images(content, [copy])
    assert torch.equal(found, decompress_images(content, [run])[0])
    assert header.bits == (5 if kind == "vq" else 4)
    if kind == "vq":
        assert torch.equal(found, (run.model().reconstruct(images) * 255).round().to(torch.uint8))
        with pytest.raises(InvalidInput, match="indices take 5 bits; 4 are not possible"):
            compress_images(run, images, 4)
