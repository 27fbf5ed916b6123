from __future__ import annotations

import pytest
import torch
from torch import nn

from aecore.config.run_config import RunConfig
from aecore.errors import IncompatibleSettings
from aecore.models.networks.attention import Attention
from aecore.models.summary import summarize


def parameters(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


@pytest.mark.parametrize(
    ("shape", "patch", "grid"),
    [
        ((1, 28, 28), 4, (7, 7)),
        ((1, 28, 28), 5, (6, 6)),  # 2 pixels too many each way
        ((3, 16, 23), 16, (1, 2)),
        ((1, 17, 23), 2, (9, 12)),
        ((3, 16, 16), 16, (1, 1)),
    ],
)
def test_patches_cover_the_picture(shape: tuple[int, ...], patch: int, grid: tuple[int, int]) -> None:
    network = Attention(patch=patch, width=8, heads=2, layers=1, dropout=0.1)
    features = network.encoder(shape)(torch.rand(2, *shape))
    assert features.shape == (2, *network.feature_shape(shape)) == (2, 8, *grid)
    assert network.decoder(shape)(features).shape == (2, *shape)


def test_parameters_by_hand() -> None:
    network = Attention(patch=2, width=8, heads=2, layers=1)
    shape = (1, 4, 6)  # 2 x 3 patches of 4 pixels
    attention, feed_forward, norm = (8 * 24 + 24) + (8 * 8 + 8), (8 * 32 + 32) + (32 * 8 + 8), 8 + 8
    transformer = 8 * 2 * 3 + (attention + feed_forward + 2 * norm) + norm
    assert parameters(network.encoder(shape)) == (4 * 8 + 8) + transformer
    assert parameters(network.decoder(shape)) == transformer + (8 * 4 + 4)


def test_each_patch_looks_at_all_others_and_knows_its_place() -> None:
    torch.manual_seed(0)
    encoder, x = Attention(layers=1).encoder((1, 8, 12)), torch.rand(1, 1, 8, 12)
    features = encoder(x)  # (1, 64, 2, 3)
    elsewhere = x.clone()
    elsewhere[..., -1, -1] += 1
    assert not torch.allclose(encoder(elsewhere)[..., 0, 0], features[..., 0, 0])
    assert not torch.allclose(encoder(x.roll(4, -1)), features.roll(1, -1)), "the same patches at other places"


def test_a_patch_of_features_is_drawn_at_its_place() -> None:
    decoder, tokens = Attention(patch=4).decoder((1, 8, 10)), torch.zeros(1, 6, 16)
    tokens[:, 4] = torch.arange(16)  # second row, second of three
    picture = nn.Sequential(*list(decoder.children())[-3:])(tokens)
    assert picture.shape == (1, 1, 8, 10)
    assert torch.equal(picture[0, 0, 4:, 4:8], torch.arange(16.0).reshape(4, 4))
    assert picture.count_nonzero() == 15


@pytest.mark.parametrize(
    ("settings", "shape", "field", "sentence"),
    [
        ({"width": 50}, (1, 28, 28), "width", "Width is 50, and 4 heads must share it evenly; choose 52, or fewer"),
        ({"patch": 20}, (1, 28, 16), "patch", "Patch is 20 pixels, and the picture has only 28 x 16; choose 16 or"),
        (
            {},
            (10,),
            None,
            "Attention needs images, but an example of this dataset is 10 numbers; choose the dense or the",
        ),
    ],
)
def test_refusals(settings: dict[str, int], shape: tuple[int, ...], field: str | None, sentence: str) -> None:
    with pytest.raises(IncompatibleSettings) as refused:
        Attention(**settings).check(shape)
    assert str(refused.value).startswith(sentence)
    assert refused.value.field == ((field,) if field else ())


def test_a_transformer_layer_is_one_box() -> None:
    boxes = summarize(RunConfig(network=Attention(layers=2)).build_model)
    layers = ["patches", "attention", "attention"]
    assert [box.name for box in boxes] == ["input", "conv", *layers, "code", "dense", *layers, "output"]
    assert boxes[3].shape == (49, 64)
