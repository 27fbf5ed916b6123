from __future__ import annotations

import json

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.data import Data, Split
from aecore.errors import InvalidInput
from aecore.evaluation.compression.decoder_size import decoder_values
from aecore.evaluation.compression.methods import METHODS, applicable, fit, model_method, restore
from aecore.models.autoencoder import Autoencoder
from aecore.models.bottlenecks.base import Bottleneck
from aecore.models.bottlenecks.feature_map import FeatureMap
from aecore.models.bottlenecks.projections import Linear, ReLU, Sigmoid
from aecore.models.bottlenecks.variational import Variational
from aecore.models.bottlenecks.vector_quantized import VectorQuantized
from aecore.models.networks.base import Network
from aecore.models.networks.conv import Conv
from aecore.models.networks.dense import Dense

MODELS: dict[str, tuple[Network, Bottleneck, tuple[int, ...]]] = {
    "dense": (Dense(widths=(16,)), Linear(latent=4), (1, 28, 28)),
    "tied": (Dense(widths=(16,), tied=True), Sigmoid(latent=4), (1, 28, 28)),
    "relu": (Dense(widths=(16,)), ReLU(latent=4), (3, 12, 16)),
    "vae": (Dense(widths=(16,)), Variational(latent=4), (1, 28, 28)),
    "conv": (Conv(), FeatureMap(), (1, 28, 28)),
    "vq": (Conv(), VectorQuantized(codebook_size=20, codebook_dim=4), (3, 16, 16)),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> Autoencoder:
    torch.manual_seed(0)
    network, bottleneck, shape = MODELS[request.param]
    return Autoencoder.of(network, bottleneck, shape).eval()


@pytest.fixture
def images(model: Autoencoder) -> torch.Tensor:
    return torch.randint(
        0, 256, (60, *model.input_shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(1)
    )


def test_images_return_as_their_symbols_decode(model: Autoencoder, images: torch.Tensor) -> None:
    training, test = images[:40], images[40:]
    for method in applicable(model):
        fitted = fit(method.name, model, training)
        assert fitted.decoder_bytes > 0
        for setting in (fitted.settings[0], fitted.settings[-1]):
            codec = fitted.codec(setting)
            symbols = codec.encode(test)
            payload = codec.compress(test)
            assert 8 * len(payload) <= 1.01 * codec.prior.cost(symbols).sum() + 16
            found = codec.decompress(payload, len(test))
            assert found.shape == test.shape
            assert 0 <= float(found.min()) <= float(found.max()) <= 1
            assert torch.equal(found, codec.decode(symbols))
            assert codec.compress(test[:0]) == b""
            assert codec.decompress(b"", 0).shape == test[:0].shape


def test_a_restored_codec_is_the_same(model: Autoencoder, images: torch.Tensor) -> None:
    fitted = fit(model_method(model), model, images)
    codec = fitted.codec(fitted.settings[-1])
    restored = restore(model, json.loads(json.dumps(codec.to_json())))
    payload = codec.compress(images)
    assert restored.compress(images) == payload
    assert torch.equal(restored.decompress(payload, len(images)), codec.decompress(payload, len(images)))


def test_many_bits_decode_like_the_model(model: Autoencoder, images: torch.Tensor) -> None:
    fitted = fit(model_method(model), model, images)
    codec = fitted.codec(fitted.settings[-1])
    torch.testing.assert_close(codec.decode(codec.encode(images)), model.reconstruct(images), atol=0.02, rtol=0)


def test_the_first_method_is_the_models_own(model: Autoencoder) -> None:
    names = [method.name for method in applicable(model)]
    assert names == [model_method(model), "pca", "pca-steps"]
    other = ({"codes", "indices"} - set(names)).pop()
    with pytest.raises(InvalidInput, match=f"by '{other}'; possible: {names[0]}, pca, pca-steps"):
        fit(other, model, torch.zeros(10, *model.input_shape))


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "pca"},
        {"setting": None},
        {"setting": True},
        {"prior": [[65536]]},
        {"prior": None},
        {"quantizer": None},
        {"quantizer": {"low": [0.0], "step": [1.0], "levels": [4]}},
    ],
)
def test_refuses_damaged_and_foreign_settings(changes: dict[str, object]) -> None:
    model = Autoencoder.of(*MODELS["dense"])
    stored = fit("codes", model, torch.rand(20, 1, 28, 28)).codec(2).to_json()
    with pytest.raises(InvalidInput):
        restore(model, stored | changes)


@pytest.mark.parametrize("stored", [None, [], "codes", {}])
def test_refuses_what_is_no_codec(stored: object) -> None:
    with pytest.raises(InvalidInput):
        restore(Autoencoder.of(*MODELS["vq"]), stored)  # type: ignore[arg-type]


def test_vectors_have_no_pixels() -> None:
    model = Autoencoder.of(Dense(widths=(8,)), Linear(latent=2), (5,), bounded=False)
    for call in (
        lambda: applicable(model),
        lambda: fit("codes", model, torch.zeros(10, 5)),
        lambda: restore(model, {}),
    ):
        with pytest.raises(InvalidInput, match="takes vectors"):
            call()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("dense", 4 * 16 + 16 + 16 * 784 + 784),
        ("tied", 4 * 16 + 16 + 16 * 784 + 784),
        ("vae", 4 * 16 + 16 + 16 * 784 + 784),
    ],
)
def test_decoders_by_hand(name: str, values: int) -> None:
    assert decoder_values(Autoencoder.of(*MODELS[name])) == values


def test_every_method_says_what_it_is() -> None:
    for name, method in METHODS.items():
        assert method.name == name
        assert method.title
        assert method.explanation.endswith(".")


def test_narrower_bins_cost_more_and_lose_less(small: RunConfig, digits: Data) -> None:
    """On real digits."""
    model = small.build_model()
    pca = fit("pca-steps", model, digits.training.images)
    rates, errors = [], []
    test: Split = digits.test
    x = test.images[:50]
    for setting in pca.settings[::4]:
        codec = pca.codec(setting)
        rates.append(len(codec.compress(x)))
        errors.append(float((codec.decode(codec.encode(x)) - x / 255).square().mean()))
    assert rates == sorted(rates)
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0] / 4
