from __future__ import annotations

import pytest
import torch
from tensors import parameter_count

from aecore.config.run_config import RunConfig
from aecore.models.networks.recurrent import Recurrent
from aecore.models.summary import summarize


@pytest.mark.parametrize("shape", [(1, 28, 17), (3, 16, 20), (12, 3), (10,)], ids=str)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("layers", [1, 2])
def test_decoder_restores_the_input_shape(shape: tuple[int, ...], cell: str, layers: int) -> None:
    network = Recurrent(hidden=8, cell=cell, layers=layers)
    features = network.encoder(shape)(torch.rand(2, *shape))
    assert features.shape == (2, 8)
    assert network.decoder(shape)(features).shape == (2, *shape)


@pytest.mark.parametrize(("cell", "gates"), [("lstm", 4), ("gru", 3)])
def test_parameter_count(cell: str, gates: int) -> None:
    network = Recurrent(hidden=6, cell=cell)
    shape = (3, 5, 2)  # 5 rows of 6 values
    recurrent = gates * (6 * 6 + 6 * 6 + 6 + 6)
    assert parameter_count(network.encoder(shape)) == recurrent
    assert parameter_count(network.decoder(shape)) == 5 * 6 + recurrent + (6 * 6 + 6)


@pytest.mark.parametrize("shape", [(1, 5, 4), (3, 5, 4), (5, 3), (5,)], ids=str)
def test_rows_convert_back_to_the_input(shape: tuple[int, ...]) -> None:
    x = torch.rand(2, *shape)
    rows = Recurrent().encoder(shape)[0](x)  # type: ignore[index]
    assert rows.shape[:2] == (2, 5)
    assert torch.equal(Recurrent().decoder(shape)[-1](rows), x)  # type: ignore[index]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_features_depend_on_row_order_and_on_the_first_row(cell: str) -> None:
    torch.manual_seed(0)
    encoder, x = Recurrent(cell=cell).encoder((1, 8, 8)), torch.rand(1, 1, 8, 8)
    features = encoder(x)
    assert not torch.allclose(encoder(x.flip(2)), features, atol=1e-3), "reversed rows give other features"
    x[:, :, 0] = 0
    assert not torch.allclose(encoder(x), features, atol=1e-3)


def test_each_row_depends_on_the_rows_above() -> None:
    decoder, features = Recurrent(hidden=8).decoder((1, 6, 4)), torch.rand(1, 8)
    before = decoder(features)
    with torch.no_grad():
        decoder[0].places[3] += 1  # type: ignore[index]
    changed = (decoder(features) != before).any(dim=(0, 1, 3))
    assert changed.tolist() == [False] * 3 + [True] * 3


@pytest.mark.parametrize(("cell", "name"), [("lstm", "LSTM"), ("gru", "GRU")])
def test_summary_shows_recurrent_layers_as_one(cell: str, name: str) -> None:
    layers = summarize(RunConfig(network=Recurrent(cell=cell, layers=2)).build_model("meta"))
    assert [layer.name for layer in layers] == ["input", name, "code", "dense", "rows", name, "output"]
    assert layers[1].shape == (28, 128)
