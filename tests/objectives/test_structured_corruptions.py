"""What the structured corruptions change."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from aecore.objectives.corruptions import Blobs, CutPaste, Scratches, ShuffledPatches
from aecore.objectives.corruptions.structured import StructuredCorruption

BLACK_AND_WHITE = torch.cat([torch.zeros(50, 1, 28, 28), torch.ones(50, 1, 28, 28)])[torch.arange(100) % 2 * 50]
GRAY = torch.full((200, 1, 28, 28), 0.5)
STRUCTURED = [CutPaste, Scratches, Blobs, ShuffledPatches]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("strength", "side"), [(0.25, 7), (0.5, 14), (1.0, 28)])
def test_a_pasted_patch_is_a_square_of_another_image(strength: float, side: int) -> None:
    """Images alternate, so that the other image has the opposite color."""
    changed = (CutPaste().apply(BLACK_AND_WHITE, strength, generator()) != BLACK_AND_WHITE)[:, 0]
    rows, columns = changed.any(dim=2), changed.any(dim=1)
    assert (changed == rows[:, :, None] & columns[:, None, :]).all()
    for line in (rows, columns):
        assert (line.sum(dim=1) == side).all()


def test_a_pasted_patch_comes_from_another_position() -> None:
    gradient = torch.arange(28.0)[:, None].expand(28, 28) / 28
    images = torch.stack([torch.zeros(28, 28), gradient])[:, None]
    pasted = torch.stack([CutPaste().apply(images, 0.25, generator(seed))[0, 0] for seed in range(20)])
    top = (pasted > 0).any(dim=2).float().argmax(dim=1)
    assert (pasted[range(20), top].amax(dim=1) != gradient[top, 0]).float().mean() > 0.5


@pytest.mark.parametrize("strength", [0.25, 0.5, 1.0])
def test_shuffled_patches_keep_all_pixels_and_move_whole_tiles(strength: float) -> None:
    images = torch.arange(16.0).reshape(4, 4).repeat_interleave(7, 0).repeat_interleave(7, 1).expand(50, 1, 28, 28) / 16
    shuffled = ShuffledPatches().apply(images, strength, generator())
    tiles = shuffled[:, 0, ::7, ::7]
    assert torch.equal(shuffled, tiles[:, None].repeat_interleave(7, 2).repeat_interleave(7, 3))
    assert torch.equal(tiles.flatten(1).sort(dim=1).values, images[:, 0, ::7, ::7].flatten(1))
    assert ((tiles != images[:, 0, ::7, ::7]).flatten(1).sum(dim=1) == 16 * strength).all()


def test_scratches_are_black_and_white_lines_that_grow_with_the_strength() -> None:
    short, long = (Scratches().apply(GRAY, strength, generator()) for strength in (0.2, 0.8))
    for scratched in (short, long):
        assert set(scratched.unique().tolist()) == {0.0, 0.5, 1.0}
    ratio = (long != 0.5).float().mean() / (short != 0.5).float().mean()
    assert 2 < ratio < 4.5  # lines leave the image


def test_blobs_have_the_radius_of_the_strength() -> None:
    changed = (Blobs().apply(GRAY, 0.1, generator()) - 0.5).abs() > 0.01
    area = changed.float().sum(dim=(1, 2, 3)).mean()
    assert 0.5 * 3 * torch.pi * 2.8**2 < area < 1.3 * 3 * torch.pi * 2.8**2  # three discs, some beyond the edge


@pytest.mark.parametrize("option", STRUCTURED)
def test_all_channels_of_a_pixel_change_together(option: type[StructuredCorruption]) -> None:
    x = torch.rand(20, 1, 32, 32, generator=generator()).expand(-1, 3, -1, -1)
    y = option().apply(x, 0.5, generator())
    assert torch.equal(y[:, 0], y[:, 1])
    assert torch.equal(y[:, 0], y[:, 2])


@pytest.mark.parametrize("option", STRUCTURED)
def test_noise_is_added_at_any_strength_to_the_inputs_of_the_training(option: type[StructuredCorruption]) -> None:
    def difference(corrupted: Tensor) -> float:
        return (corrupted - GRAY).std().item()

    noisy = option(strength=0, noise=0.1)
    assert difference(noisy.corrupt(GRAY, generator())) == pytest.approx(0.1, rel=0.05)
    assert difference(noisy.apply(GRAY, 0, generator())) == 0
