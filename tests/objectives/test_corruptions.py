from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from aecore.errors import IncompatibleSettings
from aecore.objectives.corruptions import Block, Blur, Corruption, Gaussian, Masking, NoCorruption, SaltAndPepper
from aecore.objectives.corruptions.affine import Affine
from aecore.options.registry import options_by_kind

ALL = list(options_by_kind(Corruption).values())
NOISY = [option for option in ALL if not option.does_nothing]
VECTORS = [option for option in NOISY if not option.needs_images]

each = pytest.mark.parametrize("option", ALL, ids=lambda option: option.__name__)
each_noisy = pytest.mark.parametrize("option", NOISY, ids=lambda option: option.__name__)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def random_images(*shape: int) -> Tensor:
    return torch.rand(shape, generator=generator(1))


# -- the contract of all


@each
@pytest.mark.parametrize("shape", [(5, 1, 28, 28), (5, 3, 32, 32), (1, 1, 28, 28), (2, 3, 9, 16)])
def test_returns_images_and_does_not_modify_the_input(option: type[Corruption], shape: tuple[int, ...]) -> None:
    x = random_images(*shape)
    before = x.clone()
    y = option().corrupt(x, generator())
    assert torch.equal(x, before)
    assert (y.shape, y.dtype, y.device) == (x.shape, x.dtype, x.device)
    assert y.min() >= 0
    assert y.max() <= 1
    assert torch.equal(y, x) == option.does_nothing


@each
def test_generator_determines_the_noise(option: type[Corruption]) -> None:
    x = random_images(4, 1, 28, 28)
    assert torch.equal(option().corrupt(x, generator(3)), option().corrupt(x, generator(3)))
    assert torch.equal(option().apply(x, 0.5, generator(3)), option().apply(x, 0.5, generator(3)))


@each
def test_without_generator_uses_the_global_one(option: type[Corruption]) -> None:
    x = random_images(4, 1, 28, 28)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        first = option().corrupt(x, None)
        torch.manual_seed(3)
        assert torch.equal(first, option().corrupt(x, None))


@each
def test_strength_0_is_the_identity(option: type[Corruption]) -> None:
    x = random_images(4, 3, 28, 28)
    assert torch.allclose(option().apply(x, 0.0, generator()), x, atol=1e-6)


@each_noisy
def test_error_increases_with_strength(option: type[Corruption]) -> None:
    x = random_images(200, 1, 28, 28)
    errors = [(option().apply(x, s, generator()) - x).square().mean().item() for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert errors == sorted(errors)
    assert len(set(errors)) == len(errors)


@each_noisy
def test_accepts_one_strength_per_image(option: type[Corruption]) -> None:
    x = random_images(2, 1, 28, 28)
    y = option().apply(x, torch.tensor([0.0, 1.0]), generator())
    assert torch.allclose(y[0], x[0], atol=1e-6)
    assert not torch.allclose(y[1], x[1], atol=0.1)


@each_noisy
def test_strength_is_uniform_between_minimum_and_strength(
    option: type[Corruption], monkeypatch: pytest.MonkeyPatch
) -> None:
    strengths: list[Tensor] = []
    monkeypatch.setattr(option, "apply", lambda self, x, strength, generator: strengths.append(strength))
    x = random_images(4000, 1, 2, 2)
    option(strength=0.75, min_strength=0.25).corrupt(x, generator())
    option(strength=0.75).corrupt(x, generator())
    uniform, constant = strengths
    assert uniform.shape == (4000,)
    assert uniform.min().item() == pytest.approx(0.25, abs=0.01)
    assert uniform.max().item() == pytest.approx(0.75, abs=0.01)
    assert uniform.mean().item() == pytest.approx(0.5, abs=0.02)
    assert torch.equal(constant, torch.full((4000,), 0.75))


@each_noisy
def test_rejects_minimum_above_strength(option: type[Corruption]) -> None:
    option(strength=0.5, min_strength=0.5)
    with pytest.raises(ValidationError) as caught:
        option(strength=0.5, min_strength=0.6)
    error = caught.value.errors()[0]["ctx"]["error"]
    assert isinstance(error, IncompatibleSettings)
    assert error.field == ("min_strength",)
    assert "0.6" in str(error)
    assert "0.5" in str(error)


@each
def test_gradients_are_finite(option: type[Corruption]) -> None:
    x = random_images(3, 1, 28, 28).requires_grad_()
    (gradient,) = torch.autograd.grad(option().corrupt(x, generator()).sum(), x)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("option", [SaltAndPepper, Masking, Block])
def test_all_channels_of_a_pixel_change_together(option: type[Corruption]) -> None:
    y = option().apply(torch.full((4, 3, 16, 16), 0.5), 0.5, generator())
    assert torch.equal(y[:, 0], y[:, 1])
    assert torch.equal(y[:, 0], y[:, 2])


# -- data other than images


@pytest.mark.parametrize("option", [NoCorruption, *VECTORS])
@pytest.mark.parametrize("shape", [(10,), (7, 4)])
def test_vectors_are_not_clamped(option: type[Corruption], shape: tuple[int, ...]) -> None:
    option().check(shape)
    x = 5 * torch.randn(50, *shape, generator=generator())
    y = option().corrupt(x, generator())
    assert y.shape == x.shape
    assert torch.equal(y, x) == option.does_nothing
    assert y.min() < -1
    assert y.max() > 1


@pytest.mark.parametrize("option", [o for o in NOISY if o not in VECTORS])
@pytest.mark.parametrize(("shape", "message"), [((10,), "is 10 values"), ((7, 4), "7 rows of 4 values")])
def test_image_corruptions_reject_other_data(option: type[Corruption], shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(IncompatibleSettings, match=message):
        option().check(shape)


@each
def test_accepts_all_images(option: type[Corruption]) -> None:
    option().check((1, 28, 28))
    option().check((3, 20, 30))


# -- meaning of the strength

GRAY = torch.full((100, 1, 40, 40), 0.5)


def test_gaussian_strength_is_the_standard_deviation() -> None:
    noise = Gaussian().apply(GRAY, 0.1, generator()) - GRAY
    assert noise.mean().item() == pytest.approx(0, abs=0.001)
    assert noise.std().item() == pytest.approx(0.1, rel=0.01)


def test_gaussian_noise_is_clamped_to_0_and_1() -> None:
    y = Gaussian().apply(GRAY, 10.0, generator())
    assert (y == 0).float().mean().item() == pytest.approx(0.48, abs=0.01)  # below -0.5 / 10 standard deviations
    assert (y == 1).float().mean().item() == pytest.approx(0.48, abs=0.01)


def test_salt_and_pepper_strength_is_the_fraction_of_changed_pixels() -> None:
    y = SaltAndPepper().apply(GRAY, 0.3, generator())
    assert (y == 0).float().mean().item() == pytest.approx(0.15, abs=0.005)
    assert (y == 1).float().mean().item() == pytest.approx(0.15, abs=0.005)
    assert ((y == 0) | (y == 1) | (y == 0.5)).all()


@pytest.mark.parametrize("x", [GRAY, torch.full((1000, 50), 0.5)], ids=["images", "vectors"])
def test_masking_strength_is_the_fraction_of_masked_pixels(x: Tensor) -> None:
    y = Masking().apply(x, 0.3, generator())
    assert (y == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert ((y == 0) | (y == x)).all()


@pytest.mark.parametrize("option", [SaltAndPepper, Masking, Block])
def test_strength_1_hides_all_of_a_square_image(option: type[Corruption]) -> None:
    assert not (option().apply(GRAY, 1.0, generator()) == 0.5).any()


@pytest.mark.parametrize(("height", "width", "strength", "side"), [(40, 40, 0.25, 10), (20, 40, 0.5, 10), (9, 7, 1, 7)])
def test_block_strength_is_the_side_as_a_fraction_of_the_shorter_side(
    height: int, width: int, strength: float, side: int
) -> None:
    hidden = Block().apply(torch.ones(500, 1, height, width), strength, generator())[:, 0] == 0
    rows, columns = hidden.any(dim=2), hidden.any(dim=1)  # (500, height), (500, width)
    assert (hidden == rows[:, :, None] & columns[:, None, :]).all()
    for line in (rows, columns):
        assert (line.sum(dim=1) == side).all()
        edges = line.int().diff(dim=1).abs().sum(dim=1) + line[:, 0] + line[:, -1]
        assert (edges == 2).all(), "one connected square"
        assert line.any(dim=0).all(), "every position is hidden in some image"


@pytest.mark.parametrize("strength", [0.7, 1.0, 2.5])
def test_blur_strength_is_the_standard_deviation_in_pixels(strength: float) -> None:
    point = torch.zeros(1, 1, 41, 51)
    point[0, 0, 20, 25] = 1
    response = Blur().apply(point, strength, None)[0, 0]
    assert response.sum().item() == pytest.approx(1, rel=1e-4)
    for line in (response.sum(dim=0), response.sum(dim=1)):
        offset = torch.arange(len(line)) - len(line) // 2
        assert (line * offset).sum().item() == pytest.approx(0, abs=1e-4)
        assert (line * offset**2).sum().sqrt().item() == pytest.approx(strength, rel=2e-3)


def test_blur_keeps_a_uniform_image_uniform() -> None:
    assert torch.allclose(Blur().apply(GRAY, 3.0, None), GRAY)


@pytest.mark.parametrize(
    "apply", [NoCorruption().corrupt, lambda x, g: NoCorruption().apply(x, 1.0, g)], ids=["corrupt", "apply"]
)
def test_no_corruption_returns_its_input(apply: Callable[..., Tensor]) -> None:
    assert apply(GRAY, None) is GRAY


@pytest.mark.parametrize("strength", [0.1, 0.3])
def test_affine_moves_a_dot_at_the_center_by_the_strength_at_most(strength: float) -> None:
    dots = torch.zeros(200, 1, 29, 29)
    dots[..., 14, 14] = 1
    moved = Affine().apply(dots, strength, torch.Generator().manual_seed(0))[:, 0]
    positions = torch.arange(29.0) - 14
    shifts = torch.stack([(moved.sum(dim=d) * positions).sum(dim=1) / moved.sum(dim=(1, 2)) for d in (1, 2)])
    assert (shifts.abs() < 1.5 * strength * 14.5).all()  # the shift is itself rotated and scaled
    assert shifts.abs().amax() > 0.8 * strength * 14.5
