from __future__ import annotations

from typing import Any

import pytest
import torch

from aecore.config.run_config import RunConfig
from aecore.data import Data
from aecore.latent.codes import Explored, choices, decoder, explore
from aecore.latent.sliders import Dials, dials

KINDS: dict[str, dict[str, Any]] = {
    "row": {"bottleneck.latent": 5},
    "bounded": {"bottleneck.kind": "sigmoid", "bottleneck.latent": 4},
    "normal": {"bottleneck.kind": "variational", "bottleneck.latent": 3},
    "feature map": {"network.kind": "conv", "network.channels": [4, 4], "bottleneck.kind": "feature-map"},
    "quantised": {"network.kind": "conv", "network.channels": [4, 4], "bottleneck.kind": "vector-quantised"},
}


@pytest.fixture
def made(name: str, digits: Data) -> tuple[Dials, Explored]:
    config = RunConfig().changed(KINDS[name])
    model = config.build_model().eval()
    explored = explore(model, digits, most=40)
    return dials(config, model, explored.codes, choices(model, explored.codes)), explored


@pytest.mark.parametrize("name", KINDS)
def test_dials_say_where_a_code_stands_and_bring_it_back(made: tuple[Dials, Explored]) -> None:
    found, explored = made
    assert sorted(found.order) == list(range(len(found.names)))
    assert len(set(found.names)) == len(found.names)
    for code in explored.codes[:5]:
        values = found.read(code)
        assert (values >= found.low - 1e-6).all()
        assert (values <= found.high + 1e-6).all()
        assert torch.equal(found.turned(code, {}), code)


@pytest.mark.parametrize("name", KINDS)
def test_a_turned_dial_moves_its_own_number_alone(made: tuple[Dials, Explored]) -> None:
    found, explored = made
    dial, code = found.order[0], explored.codes[0]
    end = found.high if found.read(code)[dial] < found.high[dial] else found.low
    turned = found.turned(code, {dial: float(end[dial])})
    moved = (found.read(turned) != found.read(code)).nonzero().flatten()
    assert moved.tolist() == [dial]
    decode = decoder(found.model)
    assert decode(turned[None]).shape == decode(code[None]).shape


@pytest.mark.parametrize("name", ["row", "quantised"])
def test_a_dial_stops_at_its_ends(made: tuple[Dials, Explored]) -> None:
    found, explored = made
    turned = found.read(found.turned(explored.codes[0], {0: 1e9, 1: -1e9}))
    assert turned[0] == found.high[0]
    assert turned[1] == found.low[1]
    with pytest.raises(IndexError, match="dials"):
        found.turned(explored.codes[0], {len(found.names): 0.0})


@pytest.mark.parametrize(("name", "first"), [("row", "z1"), ("feature map", "1: 1,1"), ("quantised", "place 1,1")])
def test_names(made: tuple[Dials, Explored], first: str) -> None:
    assert made[0].names[0] == first


@pytest.mark.parametrize("name", ["normal"])
def test_a_normal_code_reaches_over_its_prior(made: tuple[Dials, Explored]) -> None:
    found, _ = made
    assert (found.low <= -3).all()
    assert (found.high >= 3).all()
