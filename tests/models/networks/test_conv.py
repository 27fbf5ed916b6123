from __future__ import annotations

import pytest
import torch

from aecore.errors import IncompatibleSettings
from aecore.models.networks.conv import Conv


@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("down", ["pool", "stride"])
@pytest.mark.parametrize("up", ["upsample", "transpose"])
@pytest.mark.parametrize("levels", [1, 3, 5])
def test_decoder_restores_the_input_shape(kernel: int, down: str, up: str, levels: int) -> None:
    network = Conv(channels=(4,) * levels, kernel=kernel, down=down, up=up)
    shape = (1, 28, 17)
    features = network.encoder(shape)(torch.rand(2, *shape))
    assert features.shape == (2, *network.feature_shape(shape))
    assert network.decoder(shape)(features).shape == (2, *shape)


@pytest.mark.parametrize(
    ("shape", "levels", "valid"),
    [((1, 28, 28), 5, True), ((1, 16, 28), 4, True), ((1, 16, 28), 5, False), ((1, 3, 3), 3, False)],
)
def test_rejects_levels_below_one_pixel(shape: tuple[int, ...], levels: int, valid: bool) -> None:
    network = Conv(channels=(4,) * levels)
    if valid:
        network.check(shape)
        assert min(network.feature_shape(shape)[1:]) == 1
    else:
        with pytest.raises(IncompatibleSettings, match=f"{levels} levels.*at most"):
            network.check(shape)
