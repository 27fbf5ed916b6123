from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from aecore.errors import IncompatibleSettings
from aecore.objectives.corruptions import Block, Blur, Corruption, Gaussian, Masking, NoCorruption, SaltAndPepper
from aecore.options.registry import options_by_kind

ALL = list(options_by_kind(Corruption).values())
NOISY = [option for option in ALL if not option.does_nothing]
VECTORS = [option for option in NOISY if not option.require_images]

every = pytest.mark.parametrize("option", ALL, ids=lambda option: option.__name__)
every_noisy = pytest.mark.parametrize("option", NOISY, ids=lambda option: option.__name__)


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(*shape: int) -> Tensor:
    return torch.rand(shape, generator=source(1))


# -- the contract of all


@every
@pytest.mark.parametrize("shape", [(5, 1, 28, 28), (5, 3, 32, 32), (1, 1, 28, 28), (2, 3, 9, 16)])
def test_pictures_stay_pictures_and_the_given_ones_as_they_were(
    option: type[Corruption], shape: tuple[int, ...]
) -> None:
    x = pictures(*shape)
    before = x.clone()
    y = option().corrupt(x, source())
    assert torch.equal(x, before)
    assert (y.shape, y.dtype, y.device) == (x.shape, x.dtype, x.device)
    assert y.min() >= 0
    assert y.max() <= 1
    assert torch.equal(y, x) == option.does_nothing


@every
def test_a_generator_decides(option: type[Corruption]) -> None:
    x = pictures(4, 1, 28, 28)
    assert torch.equal(option().corrupt(x, source(3)), option().corrupt(x, source(3)))
    assert torch.equal(option().apply(x, 0.5, source(3)), option().apply(x, 0.5, source(3)))


@every
def test_without_a_generator_torch_s_own_decides(option: type[Corruption]) -> None:
    x = pictures(4, 1, 28, 28)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        first = option().corrupt(x, None)
        torch.manual_seed(3)
        assert torch.equal(first, option().corrupt(x, None))


@every
def test_strength_0_changes_nothing(option: type[Corruption]) -> None:
    x = pictures(4, 3, 28, 28)
    assert torch.allclose(option().apply(x, 0.0, source()), x, atol=1e-6)


@every_noisy
def test_more_strength_is_more_error(option: type[Corruption]) -> None:
    x = pictures(200, 1, 28, 28)
    errors = [(option().apply(x, s, source()) - x).square().mean().item() for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert errors == sorted(errors)
    assert len(set(errors)) == len(errors)


@every_noisy
def test_each_picture_has_its_own_strength(option: type[Corruption]) -> None:
    x = pictures(2, 1, 28, 28)
    y = option().apply(x, torch.tensor([0.0, 1.0]), source())
    assert torch.allclose(y[0], x[0], atol=1e-6)
    assert not torch.allclose(y[1], x[1], atol=0.1)


@every_noisy
def test_strengths_are_drawn_between_least_and_strength(
    option: type[Corruption], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Tensor] = []
    monkeypatch.setattr(option, "apply", lambda self, x, strength, generator: given.append(strength))
    x = pictures(4000, 1, 2, 2)
    option(strength=0.75, min_strength=0.25).corrupt(x, source())
    option(strength=0.75).corrupt(x, source())
    between, always = given
    assert between.shape == (4000,)
    assert between.min().item() == pytest.approx(0.25, abs=0.01)
    assert between.max().item() == pytest.approx(0.75, abs=0.01)
    assert between.mean().item() == pytest.approx(0.5, abs=0.02)
    assert torch.equal(always, torch.full((4000,), 0.75))


@every_noisy
def test_the_least_strength_is_not_above_the_strength(option: type[Corruption]) -> None:
    option(strength=0.5, min_strength=0.5)
    with pytest.raises(ValidationError) as refused:
        option(strength=0.5, min_strength=0.6)
    impossible = refused.value.errors()[0]["ctx"]["error"]
    assert isinstance(impossible, IncompatibleSettings)
    assert impossible.field == ("min_strength",)
    assert "0.6" in str(impossible)
    assert "0.5" in str(impossible)


@every
def test_gradients_are_finite(option: type[Corruption]) -> None:
    x = pictures(3, 1, 28, 28).requires_grad_()
    (gradient,) = torch.autograd.grad(option().corrupt(x, source()).sum(), x)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("option", [SaltAndPepper, Masking, Block])
def test_a_pixel_is_lost_in_all_colors_together(option: type[Corruption]) -> None:
    y = option().apply(torch.full((4, 3, 16, 16), 0.5), 0.5, source())
    assert torch.equal(y[:, 0], y[:, 1])
    assert torch.equal(y[:, 0], y[:, 2])


# -- what is no picture


@pytest.mark.parametrize("option", [NoCorruption, *VECTORS])
@pytest.mark.parametrize("shape", [(10,), (7, 4)])
def test_vectors_may_hold_any_numbers(option: type[Corruption], shape: tuple[int, ...]) -> None:
    option().check(shape)
    x = 5 * torch.randn(50, *shape, generator=source())
    y = option().corrupt(x, source())
    assert y.shape == x.shape
    assert torch.equal(y, x) == option.does_nothing
    assert y.min() < -1
    assert y.max() > 1


@pytest.mark.parametrize("option", [o for o in NOISY if o not in VECTORS])
@pytest.mark.parametrize(("shape", "told"), [((10,), "is 10 numbers"), ((7, 4), "7 rows of 4 numbers")])
def test_what_needs_pictures_says_so(option: type[Corruption], shape: tuple[int, ...], told: str) -> None:
    with pytest.raises(IncompatibleSettings, match=told):
        option().check(shape)


@every
def test_pictures_are_never_refused(option: type[Corruption]) -> None:
    option().check((1, 28, 28))
    option().check((3, 20, 30))


# -- what a strength means

GRAY = torch.full((100, 1, 40, 40), 0.5)


def test_gaussian_strength_is_the_standard_deviation() -> None:
    noise = Gaussian().apply(GRAY, 0.1, source()) - GRAY
    assert noise.mean().item() == pytest.approx(0, abs=0.001)
    assert noise.std().item() == pytest.approx(0.1, rel=0.01)


def test_gaussian_noise_is_cut_off_at_black_and_white() -> None:
    y = Gaussian().apply(GRAY, 10.0, source())
    assert (y == 0).float().mean().item() == pytest.approx(0.48, abs=0.01)  # below -0.5 / 10 standard deviations
    assert (y == 1).float().mean().item() == pytest.approx(0.48, abs=0.01)


def test_salt_and_pepper_strength_is_the_share_of_changed_pixels() -> None:
    y = SaltAndPepper().apply(GRAY, 0.3, source())
    assert (y == 0).float().mean().item() == pytest.approx(0.15, abs=0.005)
    assert (y == 1).float().mean().item() == pytest.approx(0.15, abs=0.005)
    assert ((y == 0) | (y == 1) | (y == 0.5)).all()


@pytest.mark.parametrize("x", [GRAY, torch.full((1000, 50), 0.5)], ids=["pictures", "vectors"])
def test_masking_strength_is_the_share_of_missing_pixels(x: Tensor) -> None:
    y = Masking().apply(x, 0.3, source())
    assert (y == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert ((y == 0) | (y == x)).all()


@pytest.mark.parametrize("option", [SaltAndPepper, Masking, Block])
def test_strength_1_leaves_nothing_of_a_square_picture(option: type[Corruption]) -> None:
    assert not (option().apply(GRAY, 1.0, source()) == 0.5).any()


@pytest.mark.parametrize(("height", "width", "strength", "side"), [(40, 40, 0.25, 10), (20, 40, 0.5, 10), (9, 7, 1, 7)])
def test_block_strength_is_the_side_as_a_share_of_the_shorter_side(
    height: int, width: int, strength: float, side: int
) -> None:
    hidden = Block().apply(torch.ones(500, 1, height, width), strength, source())[:, 0] == 0
    rows, columns = hidden.any(dim=2), hidden.any(dim=1)  # (500, height), (500, width)
    assert (hidden == rows[:, :, None] & columns[:, None, :]).all()
    for line in (rows, columns):
        assert (line.sum(dim=1) == side).all()
        edges = line.int().diff(dim=1).abs().sum(dim=1) + line[:, 0] + line[:, -1]
        assert (edges == 2).all(), "one piece"
        assert line.any(dim=0).all(), "every place is hidden in some picture"


@pytest.mark.parametrize("strength", [0.7, 1.0, 2.5])
def test_blur_strength_is_the_standard_deviation_in_pixels(strength: float) -> None:
    point = torch.zeros(1, 1, 41, 51)
    point[0, 0, 20, 25] = 1
    spread = Blur().apply(point, strength, None)[0, 0]
    assert spread.sum().item() == pytest.approx(1, rel=1e-4)
    for line in (spread.sum(dim=0), spread.sum(dim=1)):
        offset = torch.arange(len(line)) - len(line) // 2
        assert (line * offset).sum().item() == pytest.approx(0, abs=1e-4)
        assert (line * offset**2).sum().sqrt().item() == pytest.approx(strength, rel=2e-3)


def test_blur_leaves_an_even_picture_even_up_to_its_edges() -> None:
    assert torch.allclose(Blur().apply(GRAY, 3.0, None), GRAY)


@pytest.mark.parametrize("apply", [NoCorruption().corrupt, lambda x, g: NoCorruption().apply(x, 1.0, g)])
def test_no_corruption_gives_back_what_it_is_given(apply: Callable[..., Tensor]) -> None:
    assert apply(GRAY, None) is GRAY
