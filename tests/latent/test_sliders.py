from __future__ import annotations

from typing import Any

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.latent.codes import EncodedSet, codebook_indices, decoder, encode_dataset
from aecore.latent.sliders import LatentSliders, latent_sliders

KINDS: dict[str, dict[str, Any]] = {
    "row": {"bottleneck.latent": 5},
    "bounded": {"bottleneck.kind": "sigmoid", "bottleneck.latent": 4},
    "normal": {"bottleneck.kind": "variational", "bottleneck.latent": 3},
    "feature map": {"network.kind": "conv", "network.channels": [4, 4], "bottleneck.kind": "feature-map"},
    "quantized": {"network.kind": "conv", "network.channels": [4, 4], "bottleneck.kind": "vector-quantized"},
}


@pytest.fixture
def built(name: str, digits: Data) -> tuple[LatentSliders, EncodedSet]:
    config = RunConfig().changed(KINDS[name])
    model = config.build_model().eval()
    encoded = encode_dataset(model, digits, max_images=40)
    return latent_sliders(config, model, encoded.codes, codebook_indices(model, encoded.codes)), encoded


@pytest.mark.parametrize("name", KINDS)
def test_values_lie_in_the_ranges_and_reproduce_the_code(built: tuple[LatentSliders, EncodedSet]) -> None:
    sliders, encoded = built
    assert sorted(sliders.order) == list(range(len(sliders.names)))
    assert len(set(sliders.names)) == len(sliders.names)
    for code in encoded.codes[:5]:
        values = sliders.values(code)
        assert (values >= sliders.low - 1e-6).all()
        assert (values <= sliders.high + 1e-6).all()
        assert torch.equal(sliders.moved(code, {}), code)


@pytest.mark.parametrize("name", KINDS)
def test_a_moved_slider_changes_only_its_own_value(built: tuple[LatentSliders, EncodedSet]) -> None:
    sliders, encoded = built
    slider, code = sliders.order[0], encoded.codes[0]
    end = sliders.high if sliders.values(code)[slider] < sliders.high[slider] else sliders.low
    moved = sliders.moved(code, {slider: float(end[slider])})
    changed = (sliders.values(moved) != sliders.values(code)).nonzero().flatten()
    assert changed.tolist() == [slider]
    decode = decoder(sliders.model)
    assert decode(moved[None]).shape == decode(code[None]).shape


@pytest.mark.parametrize("name", ["row", "quantized"])
def test_clamps_values_to_the_range_and_rejects_unknown_sliders(built: tuple[LatentSliders, EncodedSet]) -> None:
    sliders, encoded = built
    values = sliders.values(sliders.moved(encoded.codes[0], {0: 1e9, 1: -1e9}))
    assert values[0] == sliders.high[0]
    assert values[1] == sliders.low[1]
    with pytest.raises(IndexError, match="There is no slider"):
        sliders.moved(encoded.codes[0], {len(sliders.names): 0.0})


@pytest.mark.parametrize(("name", "first"), [("row", "z1"), ("feature map", "1: 1,1"), ("quantized", "position 1,1")])
def test_names(built: tuple[LatentSliders, EncodedSet], first: str) -> None:
    assert built[0].names[0] == first


@pytest.mark.parametrize("name", ["normal"])
def test_ranges_include_the_gaussian_prior(built: tuple[LatentSliders, EncodedSet]) -> None:
    sliders, _ = built
    assert (sliders.low <= -3).all()
    assert (sliders.high >= 3).all()
