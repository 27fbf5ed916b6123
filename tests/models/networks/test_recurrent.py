from __future__ import annotations

import pytest
import torch
from torch import nn

from aecore.config.run_config import RunConfig
from aecore.models.networks.recurrent import Recurrent
from aecore.models.summary import summarize


def parameters(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


@pytest.mark.parametrize("shape", [(1, 28, 17), (3, 16, 20), (12, 3), (10,)], ids=str)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("layers", [1, 2])
def test_pictures_sequences_and_vectors(shape: tuple[int, ...], cell: str, layers: int) -> None:
    network = Recurrent(hidden=8, cell=cell, layers=layers)
    features = network.encoder(shape)(torch.rand(2, *shape))
    assert features.shape == (2, 8)
    assert network.decoder(shape)(features).shape == (2, *shape)


@pytest.mark.parametrize(("cell", "gates"), [("lstm", 4), ("gru", 3)])
def test_parameters_by_hand(cell: str, gates: int) -> None:
    network = Recurrent(hidden=6, cell=cell)
    shape = (3, 5, 2)  # five rows of six numbers
    memory = gates * (6 * 6 + 6 * 6 + 6 + 6)
    assert parameters(network.encoder(shape)) == memory
    assert parameters(network.decoder(shape)) == 5 * 6 + memory + (6 * 6 + 6)


@pytest.mark.parametrize("shape", [(1, 5, 4), (3, 5, 4), (5, 3), (5,)], ids=str)
def test_rows_become_the_same_picture_again(shape: tuple[int, ...]) -> None:
    x = torch.rand(2, *shape)
    rows = Recurrent().encoder(shape)[0](x)  # type: ignore[index]
    assert rows.shape[:2] == (2, 5)
    assert torch.equal(Recurrent().decoder(shape)[-1](rows), x)  # type: ignore[index]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_it_reads_rows_in_order_and_remembers_the_first(cell: str) -> None:
    torch.manual_seed(0)
    encoder, x = Recurrent(cell=cell).encoder((1, 8, 8)), torch.rand(1, 1, 8, 8)
    features = encoder(x)
    assert not torch.allclose(encoder(x.flip(2)), features, atol=1e-3), "from the bottom up is another picture"
    x[:, :, 0] = 0
    assert not torch.allclose(encoder(x), features, atol=1e-3)


def test_each_row_is_drawn_from_the_features_and_those_above() -> None:
    decoder, features = Recurrent(hidden=8).decoder((1, 6, 4)), torch.rand(1, 8)
    before = decoder(features)
    with torch.no_grad():
        decoder[0].places[3] += 1  # type: ignore[index]
    changed = (decoder(features) != before).any(dim=(0, 1, 3))
    assert changed.tolist() == [False] * 3 + [True] * 3


@pytest.mark.parametrize(("cell", "name"), [("lstm", "LSTM"), ("gru", "GRU")])
def test_a_memory_is_one_box(cell: str, name: str) -> None:
    boxes = summarize(RunConfig(network=Recurrent(cell=cell, layers=2)).build_model)
    assert [box.name for box in boxes] == ["input", name, "code", "dense", "rows", name, "output"]
    assert boxes[1].shape == (28, 128)
