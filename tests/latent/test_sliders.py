from __future__ import annotations

from typing import Any

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.latent.codes import EncodedSet, choices, decoder, encode_dataset
from aecore.latent.sliders import LatentSliders, latent_sliders

KINDS: dict[str, dict[str, Any]] = {
    "row": {"bottleneck.latent": 5},
    "bounded": {"bottleneck.kind": "sigmoid", "bottleneck.latent": 4},
    "normal": {"bottleneck.kind": "variational", "bottleneck.latent": 3},
    "feature map": {"network.kind": "conv", "network.channels": [4, 4], "bottleneck.kind": "feature-map"},
    "quantized": {"network.kind": "conv", "network.channels": [4, 4], "bottleneck.kind": "vector-quantized"},
}


@pytest.fixture
def made(name: str, digits: Data) -> tuple[LatentSliders, EncodedSet]:
    config = RunConfig().changed(KINDS[name])
    model = config.build_model().eval()
    encoded = encode_dataset(model, digits, most=40)
    return latent_sliders(config, model, encoded.codes, choices(model, encoded.codes)), encoded


@pytest.mark.parametrize("name", KINDS)
def test_dials_say_where_a_code_stands_and_bring_it_back(made: tuple[LatentSliders, EncodedSet]) -> None:
    found, encoded = made
    assert sorted(found.order) == list(range(len(found.names)))
    assert len(set(found.names)) == len(found.names)
    for code in encoded.codes[:5]:
        values = found.read(code)
        assert (values >= found.low - 1e-6).all()
        assert (values <= found.high + 1e-6).all()
        assert torch.equal(found.turned(code, {}), code)


@pytest.mark.parametrize("name", KINDS)
def test_a_turned_dial_moves_its_own_number_alone(made: tuple[LatentSliders, EncodedSet]) -> None:
    found, encoded = made
    dial, code = found.order[0], encoded.codes[0]
    end = found.high if found.read(code)[dial] < found.high[dial] else found.low
    turned = found.turned(code, {dial: float(end[dial])})
    moved = (found.read(turned) != found.read(code)).nonzero().flatten()
    assert moved.tolist() == [dial]
    decode = decoder(found.model)
    assert decode(turned[None]).shape == decode(code[None]).shape


@pytest.mark.parametrize("name", ["row", "quantized"])
def test_a_dial_stops_at_its_ends(made: tuple[LatentSliders, EncodedSet]) -> None:
    found, encoded = made
    turned = found.read(found.turned(encoded.codes[0], {0: 1e9, 1: -1e9}))
    assert turned[0] == found.high[0]
    assert turned[1] == found.low[1]
    with pytest.raises(IndexError, match="latent_sliders"):
        found.turned(encoded.codes[0], {len(found.names): 0.0})


@pytest.mark.parametrize(("name", "first"), [("row", "z1"), ("feature map", "1: 1,1"), ("quantized", "place 1,1")])
def test_names(made: tuple[LatentSliders, EncodedSet], first: str) -> None:
    assert made[0].names[0] == first


@pytest.mark.parametrize("name", ["normal"])
def test_a_normal_code_reaches_over_its_prior(made: tuple[LatentSliders, EncodedSet]) -> None:
    found, _ = made
    assert (found.low <= -3).all()
    assert (found.high >= 3).all()
