from __future__ import annotations

import torch
from torch import nn

from aecore.models.networks.dense import Dense


def test_decoder_mirrors_the_encoder() -> None:
    network = Dense(widths=(64, 8))
    linear = [m for m in network.encoder((1, 28, 28)).modules() if isinstance(m, nn.Linear)]
    assert [(m.in_features, m.out_features) for m in linear] == [(784, 64), (64, 8)]
    linear = [m for m in network.decoder((1, 28, 28)).modules() if isinstance(m, nn.Linear)]
    assert [(m.in_features, m.out_features) for m in linear] == [(8, 64), (64, 784)]


def test_output_has_no_activation_or_dropout() -> None:
    decoder = Dense(widths=(8,), dropout=0.5).decoder((1, 4, 4))
    logits = decoder(torch.randn(64, 8))
    assert (logits < 0).any()
    assert not (logits == 0).any()
