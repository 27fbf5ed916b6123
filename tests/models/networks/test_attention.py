from __future__ import annotations

import pytest
import torch
from tensors import parameter_count
from torch import nn

from aecore.config.run_config import RunConfig
from aecore.errors import IncompatibleSettings
from aecore.models.networks.attention import Attention
from aecore.models.summary import summarize


@pytest.mark.parametrize(
    ("shape", "patch", "grid"),
    [
        ((1, 28, 28), 4, (7, 7)),
        ((1, 28, 28), 5, (6, 6)),  # padded by 2 pixels in each direction
        ((3, 16, 23), 16, (1, 2)),
        ((1, 17, 23), 2, (9, 12)),
        ((3, 16, 16), 16, (1, 1)),
    ],
)
def test_patches_cover_the_image(shape: tuple[int, ...], patch: int, grid: tuple[int, int]) -> None:
    network = Attention(patch=patch, width=8, heads=2, layers=1, dropout=0.1)
    features = network.encoder(shape)(torch.rand(2, *shape))
    assert features.shape == (2, *network.feature_shape(shape)) == (2, 8, *grid)
    assert network.decoder(shape)(features).shape == (2, *shape)


def test_parameter_count() -> None:
    network = Attention(patch=2, width=8, heads=2, layers=1)
    shape = (1, 4, 6)  # 2 x 3 patches of 4 pixels
    attention, feed_forward, norm = (8 * 24 + 24) + (8 * 8 + 8), (8 * 32 + 32) + (32 * 8 + 8), 8 + 8
    transformer = 8 * 2 * 3 + (attention + feed_forward + 2 * norm) + norm
    assert parameter_count(network.encoder(shape)) == (4 * 8 + 8) + transformer
    assert parameter_count(network.decoder(shape)) == transformer + (8 * 4 + 4)


def test_each_patch_depends_on_all_others_and_on_its_position() -> None:
    torch.manual_seed(0)
    encoder, x = Attention(layers=1).encoder((1, 8, 12)), torch.rand(1, 1, 8, 12)
    features = encoder(x)  # (1, 64, 2, 3)
    changed = x.clone()
    changed[..., -1, -1] += 1
    assert not torch.allclose(encoder(changed)[..., 0, 0], features[..., 0, 0])
    assert not torch.allclose(encoder(x.roll(4, -1)), features.roll(1, -1)), "the same patches at other positions"


def test_each_patch_is_decoded_at_its_position() -> None:
    decoder, tokens = Attention(patch=4).decoder((1, 8, 10)), torch.zeros(1, 6, 16)
    tokens[:, 4] = torch.arange(16)  # second row, second of three
    image = nn.Sequential(*list(decoder.children())[-3:])(tokens)
    assert image.shape == (1, 1, 8, 10)
    assert torch.equal(image[0, 0, 4:, 4:8], torch.arange(16.0).reshape(4, 4))
    assert image.count_nonzero() == 15


@pytest.mark.parametrize(
    ("settings", "shape", "field", "message"),
    [
        ({"width": 50}, (1, 28, 28), "width", "Width is 50, which 4 heads cannot divide evenly; choose 52, or fewer"),
        ({"patch": 20}, (1, 28, 16), "patch", "Patch size is 20 pixels, and the image has only 28 x 16; choose 16 or"),
        (
            {},
            (10,),
            None,
            "Attention needs images, but an example of this dataset is 10 values; choose the dense or the",
        ),
    ],
)
def test_rejects_incompatible_settings(
    settings: dict[str, int], shape: tuple[int, ...], field: str | None, message: str
) -> None:
    with pytest.raises(IncompatibleSettings) as error:
        Attention(**settings).check(shape)
    assert str(error.value).startswith(message)
    assert error.value.field == ((field,) if field else ())


def test_summary_shows_a_transformer_layer_as_one() -> None:
    layers = summarize(RunConfig(network=Attention(layers=2)).build_model("meta"))
    transformer = ["patches", "attention", "attention"]
    names = ["input", "conv", *transformer, "code", "dense", *transformer, "output"]
    assert [layer.name for layer in layers] == names
    assert layers[3].shape == (49, 64)
