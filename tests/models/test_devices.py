"""Models and data on different devices: results come back on the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from fake_device import DEVICE, FakeDevice
from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.data import Data, Split
from aecore.evaluation.denoising import add_noise, denoise
from aecore.evaluation.outliers import encode_images
from aecore.evaluation.scores import reconstruct, score_model
from aecore.latent.codes import (
    decoder,
    encode_dataset,
)
from aecore.latent.space import LatentSpace
from aecore.models.autoencoder import Autoencoder
from aecore.objectives.corruptions import Gaussian
from aecore.training.train import train

NOISE = Gaussian(strength=0.3)
FLAT = {"bottleneck.kind": "variational"}
GRID = {"network.kind": "conv", "bottleneck.kind": "vector-quantized"}


def space(config: RunConfig, model: Autoencoder, images: Tensor) -> LatentSpace:
    split = Split(images)
    return LatentSpace(config, model, encode_dataset(model, Data(split, split, split, ())))


#: What a caller may do with a model and images (N, C, H, W) uint8; `c` is the config.
CALLS: dict[str, Callable[[RunConfig, Autoencoder, Tensor], Any]] = {
    "encode": lambda c, model, x: model.encode(x),
    "decode": lambda c, model, x: model.decode(model.encode(x).half()),
    "reconstruct": lambda c, model, x: model.reconstruct(x / 255),
    "score_model": lambda c, model, x: list(score_model(model, Split(x), NOISE).as_dict().values()),
    "scores.reconstruct": lambda c, model, x: reconstruct(model, x, NOISE).errors,
    "denoise": lambda c, model, x: denoise(model, add_noise(x, NOISE, 0.2)[1]),
    "encode_images": lambda c, model, x: encode_images(model, x),
    "encode_dataset": lambda c, model, x: space(c, model, x).encoded.codes,
    "reconstructions": lambda c, model, x: space(c, model, x).reconstructions,
    "decoder": lambda c, model, x: decoder(model)(model.encode(x).flatten(1)),
    "codebook_indices": lambda c, model, x: space(c, model, x).codebook_indices,
    "collapsed_dimensions": lambda c, model, x: list(space(c, model, x).collapsed_dimensions.values()),
}


@pytest.fixture
def fake_device() -> Iterator[None]:
    with FakeDevice():
        yield


@pytest.mark.parametrize("changes", [FLAT, GRID], ids=["variational", "vector-quantized"])
@pytest.mark.parametrize("name", CALLS)
def test_model_and_data_may_be_on_different_devices(name: str, changes: dict[str, Any], fake_device: None) -> None:
    config, call = RunConfig().changed(changes), CALLS[name]
    torch.manual_seed(0)
    images = torch.randint(0, 256, (6, 1, 28, 28), dtype=torch.uint8)
    model = config.build_model()
    expected = call(config, model, images)
    model.to(DEVICE)
    assert {weight.device for weight in model.parameters()} == {DEVICE}
    for given in (images, images.to(DEVICE)):
        result = call(config, model, given)
        if isinstance(result, Tensor):
            assert result.device == given.device
            assert torch.equal(result.to("cpu"), expected)
        else:
            assert result == expected
    elsewhere = call(config, model.to("cpu"), images.to(DEVICE))
    assert not isinstance(elsewhere, Tensor) or elsewhere.device == DEVICE


def test_trains_on_the_given_device_with_data_from_another(
    small: RunConfig, digits: Data, fake_device: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aecore.training.train.default_device", lambda: DEVICE)
    expected = next(train(small, digits, device="cpu"))
    training, test = (Split(split.images.to(DEVICE), split.labels) for split in (digits.training, digits.test))
    progress = next(train(small, Data(training, digits.validation, test, ()), device="cpu"))
    assert progress.losses == expected.losses
    assert {weight.device.type for weight in progress.model.parameters()} == {"cpu"}
    assert torch.equal(progress.preview(), expected.preview())
