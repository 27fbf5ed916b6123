"""The cross-entropy of the training step, compared with PyTorch's in double precision."""

from __future__ import annotations

import pytest
import torch

from aecore.analysis.metrics import cross_entropy
from aecore.training.cross_entropy import mean_cross_entropy


@pytest.mark.parametrize("scale", [0.0, 1.0, 10.0, 200.0])
@pytest.mark.parametrize("shape", [(1, 1, 28, 28), (7, 3, 5, 4), (3, 10)])
def test_value_and_gradient(shape: tuple[int, ...], scale: float) -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(shape, generator=generator)
    logits = (torch.randn(shape, generator=generator) * scale).requires_grad_()
    expected = cross_entropy(images.double(), logits.double()).mean()
    value = mean_cross_entropy(images, logits)
    assert value.item() == pytest.approx(expected.item(), rel=1e-5)
    (gradient,) = torch.autograd.grad(3 * value, logits)
    (exact,) = torch.autograd.grad(3 * expected, logits)
    torch.testing.assert_close(gradient, exact, rtol=1e-5, atol=1e-6)


def test_black_and_white_images_of_certain_logits_have_no_loss() -> None:
    logits = torch.tensor([[90.0, -90.0, 30.0, -30.0]])
    assert mean_cross_entropy((logits > 0).float(), logits).item() == pytest.approx(0.0, abs=1e-6)
