from __future__ import annotations

import pytest
import torch
from tensors import parameter_count
from torch import nn

from aecore.config.run_config import RunConfig
from aecore.errors import IncompatibleSettings
from aecore.models.networks.residual import Residual, ResidualBlock
from aecore.models.summary import summarize


@pytest.mark.parametrize("channels", [(4,), (8, 12), (4, 4, 4, 16)])
@pytest.mark.parametrize("blocks", [0, 1, 3])
@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_decoder_restores_the_input_shape(channels: tuple[int, ...], blocks: int, dropout: float) -> None:
    network = Residual(channels=channels, blocks=blocks, dropout=dropout)
    shape = (3, 28, 17)
    features = network.encoder(shape)(torch.rand(2, *shape))
    assert features.shape == (2, *network.feature_shape(shape))
    logits = network.decoder(shape)(features)
    assert logits.shape == (2, *shape)
    assert (logits < 0).any(), "no activation on the output"
    assert not (logits == 0).any(), "no dropout on the output"


def test_parameter_count() -> None:
    network = Residual(channels=(8,), blocks=1)
    conv, norm = 8 * 8 * 9 + 8, 8 + 8
    block = 2 * (norm + conv)
    assert parameter_count(network.encoder((1, 8, 8))) == (1 * 8 * 9 + 8) + block + norm
    assert parameter_count(network.decoder((1, 8, 8))) == block + conv + norm + (8 * 1 * 9 + 1)


def test_block_adds_to_its_input() -> None:
    block, x = ResidualBlock(8, Residual()), torch.randn(2, 8, 5, 5)
    assert torch.equal(block(x), x + block.f(x))
    nn.init.zeros_(block.f[-1].weight)
    nn.init.zeros_(block.f[-1].bias)
    assert torch.equal(block(x), x)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 3, 28), "3 levels, and each halves the image; 3 x 28 pixels allow at most 2"),
        (
            (10,),
            "Residual needs images, but an example of this dataset is 10 values; choose the dense or the recurrent",
        ),
        ((12, 3), "Residual needs images, but an example of this dataset is 12 rows of 3 values; choose"),
    ],
)
def test_rejects_incompatible_shapes(shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(IncompatibleSettings, match=message):
        Residual(channels=(4, 4, 4)).check(shape)


def test_summary_shows_a_block_as_one_layer() -> None:
    layers = summarize(RunConfig(network=Residual(channels=(8,), blocks=2)).build_model("meta"))
    blocks = ["residual block", "residual block"]
    assert [layer.name for layer in layers] == [
        "input",
        "conv",
        *blocks,
        "code",
        "dense",
        *blocks,
        "upsample",
        "conv",
        "output",
    ]
