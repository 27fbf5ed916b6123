"""Bits-back coding: exact round trips, rates worked out by hand, and files that are damaged or of another model."""

from __future__ import annotations

import copy
import math
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.errors import InvalidInput
from aecore.evaluation.compression.lossless.bits_back import GROUP, RESOLUTION, BitsBack
from aecore.evaluation.compression.lossless.file import compress, decompress
from aecore.evaluation.compression.lossless.rates import elbo_bits, general_bits
from aecore.models.autoencoder import Autoencoder
from aecore.models.bottlenecks import Bottleneck
from aecore.models.bottlenecks.projections import Linear
from aecore.models.bottlenecks.variational import Variational
from aecore.models.likelihoods import HistogramMixture
from aecore.models.networks import Network
from aecore.models.networks.conv import Conv
from aecore.models.networks.dense import Dense

SHAPE = (1, 6, 5)
PIXELS = math.prod(SHAPE)
SMALL, GAUSSIAN = Dense(widths=(8,)), Variational(latent=3)


def build(
    shape: tuple[int, ...] = SHAPE,
    network: Network = SMALL,
    bottleneck: Bottleneck = GAUSSIAN,
    seed: int = 0,
) -> Autoencoder:
    """A model with random weights."""
    torch.manual_seed(seed)
    return Autoencoder.of(network, bottleneck, shape, likelihood=HistogramMixture).eval()


def constant(mean: float = 0.0) -> Autoencoder:
    """A model that ignores its inputs: each code is N(mean, 1), and each pixel the same uniform distribution."""
    model = build()
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        model.bottleneck.to_code.bias[:3] = mean
    return model


def noise(count: int, shape: tuple[int, ...] = SHAPE, seed: int = 0) -> Tensor:
    return torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


MODEL = build()
DATA = compress(MODEL, noise(3))[0]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 2 * GROUP + 1).flatmap(lambda count: arrays(np.uint8, (count, *SHAPE))))
def test_every_image_comes_back(images: np.ndarray) -> None:
    assert torch.equal(decompress(MODEL, compress(MODEL, torch.from_numpy(images))[0]), torch.from_numpy(images))


@pytest.mark.parametrize("value", [0, 1, 128, 254, 255])
def test_uniform_images_come_back(value: int) -> None:
    images = torch.full((GROUP + 1, *SHAPE), value, dtype=torch.uint8)
    assert torch.equal(decompress(MODEL, compress(MODEL, images)[0]), images)


@pytest.mark.parametrize("network", [SMALL, Conv(channels=(4, 4))], ids=["dense", "conv"])
def test_color_images_come_back(network: Network) -> None:
    model, images = build((3, 8, 9), network), noise(20, (3, 8, 9))
    assert torch.equal(decompress(model, compress(model, images)[0]), images)


def test_codes_cost_nothing_where_the_posterior_is_the_prior() -> None:
    """Bits given back equal the bits of the prior, so each uniform pixel costs 8 bits and nothing else does."""
    words, initial = BitsBack(constant()).encode(noise(400))
    assert 32 * len(words) - initial == pytest.approx(400 * PIXELS * 8, rel=1e-3)


def test_rate_is_the_divergence_plus_the_reconstruction() -> None:
    """KL(N(2, 1) || N(0, 1)) is 2 nats in each of three dimensions."""
    count = 3000
    words, initial = BitsBack(constant(mean=2.0)).encode(noise(count))
    extra = (32 * len(words) - initial) / count - PIXELS * 8
    assert extra == pytest.approx(3 * 2 / math.log(2), abs=0.5)  # a standard deviation of 0.1 over the sampled codes
    assert elbo_bits(constant(mean=2.0), noise(count)) * PIXELS == pytest.approx(PIXELS * 8 + 6 / math.log(2), rel=1e-5)


def test_initial_bits_suffice_and_are_part_of_the_code() -> None:
    words, initial = BitsBack(MODEL).encode(noise(1))
    assert initial % 32 == 0
    codes = 3 * math.log2(math.sqrt(2 * math.pi * math.e) * RESOLUTION)  # the entropy of three codes, if sigma is 1
    assert codes < initial < 2 * codes + 200
    assert len(words) * 32 > initial


def test_the_stack_is_restored() -> None:
    """What was on it before the first image is there again after the last one was decoded."""
    coder, images = BitsBack(MODEL), noise(GROUP + 3)
    words, _ = coder.encode(images)
    with pytest.raises(InvalidInput, match="ends before its last image"):
        coder.decode(words, len(images) + 2000)
    assert np.array_equal(coder.encode(coder.decode(words, len(images)))[0], words)


SCRIPT = """
import sys, torch
from pathlib import Path
from safetensors.torch import load_file
from aecore.config.run_config import RunConfig
from aecore.evaluation.compression.lossless.file import decompress
folder = Path(sys.argv[1])
torch.set_num_threads(int(sys.argv[2]))
model = RunConfig.model_validate_json((folder / "config.json").read_text()).build_model().eval()
model.load_state_dict(load_file(folder / "model.safetensors"))
print(int(decompress(model, (folder / "code").read_bytes()).long().sum()))
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_another_process_decodes_with_any_number_of_threads(tmp_path: Path, threads: int) -> None:
    from safetensors.torch import save_file

    config = RunConfig(network=Dense(widths=(64, 32)), bottleneck=Variational(latent=6))
    config = config.changed({"training.loss": "histograms"})
    torch.manual_seed(0)
    model, images = config.build_model().eval(), config.dataset.load().test.images[: GROUP + 5]
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(config.to_json())
    (tmp_path / "code").write_bytes(compress(model, images)[0])
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(threads)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(result.stdout) == images.long().sum()


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_a_changed_byte_is_found(position: int, change: int) -> None:
    data = bytearray(DATA)
    data[position] ^= change
    with pytest.raises(InvalidInput, match=r"\.$"):
        decompress(MODEL, bytes(data))


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.integers(0, len(DATA) - 1).map(lambda end: DATA[:end])))
def test_foreign_and_truncated_files_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"\.$"):
        decompress(MODEL, data)


def test_a_file_of_no_images_is_refused() -> None:
    start = DATA[:13] + bytes(4) + DATA[17:21]
    with pytest.raises(InvalidInput, match="The file is damaged: it holds no images"):
        decompress(MODEL, start + zlib.crc32(start + DATA[25:]).to_bytes(4, "little") + DATA[25:])


def test_a_file_of_another_model_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Another model wrote this file"):
        decompress(build(seed=1), DATA)


def test_other_arithmetic_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose outputs differ decodes other images, and says so."""
    other = copy.deepcopy(MODEL)
    with torch.no_grad():
        other.decoder[-2].bias += 0.1
    monkeypatch.setattr("aecore.evaluation.compression.lossless.file.fingerprint", lambda model: DATA[5:13])
    with pytest.raises(InvalidInput, match="computes the model with other last bits"):
        decompress(other, DATA)


@pytest.mark.parametrize(
    ("model", "images", "message"),
    [
        (RunConfig().build_model(), noise(1, (1, 28, 28)), "predicts no distribution of exact pixel values"),
        (build(bottleneck=Linear(latent=3)), noise(1), "code is no Gaussian"),
        (MODEL, noise(1, (1, 5, 6)), "have the shape"),
        (MODEL, noise(1).float() / 255, "give them as uint8"),
        (MODEL, noise(0), "at least one"),
    ],
    ids=["likelihood", "bottleneck", "shape", "type", "none"],
)
def test_explains_what_it_cannot_compress(model: Autoencoder, images: Tensor, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        compress(model, images)


def test_general_formats_of_black_images_are_small() -> None:
    rates = general_bits(torch.zeros(400, 1, 28, 28, dtype=torch.uint8))
    assert set(rates) == {"gzip", "bz2", "lzma", "PNG, a file each", "PNG, one file"}
    assert rates["PNG, one file"] < rates["PNG, a file each"]
    assert all(0 < rate < 0.02 for name, rate in rates.items() if name != "PNG, a file each")


@pytest.mark.slow
@pytest.mark.usefixtures("full_mnist")
def test_gzip_and_bz2_of_mnist_have_the_published_sizes() -> None:
    """Townsend et al. 2019, table 2: 1.64 and 1.42 bits per pixel."""
    from aecore.data import Mnist

    images = Mnist().load().test.images
    rates = general_bits(images)
    assert (rates["gzip"], rates["bz2"]) == pytest.approx((1.64, 1.42), abs=0.01)
