"""Penalties: what is added to the reconstruction loss, so that the code has a quality beside being sufficient."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from aecore.errors import IncompatibleSettings
from aecore.models.bottlenecks import Bottleneck
from aecore.options.registry import Option
from aecore.utils.precision import full_precision

Generator = torch.Generator | None

#: Scales of the kernels, from Tolstikhin et al.'s code; the sum of several spares the choice of one.
SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
#: Codes of a batch that are compared with one another; memory grows with the square, and more tell little more.
COMPARED = 1000


class Penalty(Option):
    """What is added to the reconstruction loss."""

    #: Whether it needs derivatives of the code by the input, even only to be measured.
    differentiates: ClassVar[bool] = False
    #: Whether it compares the pictures of a batch, so that one alone says nothing.
    compares: ClassVar[bool] = False

    @property
    def gaussian_prior(self) -> bool:
        """Whether it draws the codes to N(0, I)."""
        return False

    def check(self, bottleneck: Bottleneck) -> None:
        """Raise `IncompatibleSettings`, with the reason, if codes of this bottleneck cannot be penalized so."""

    def weights(self) -> dict[str, float]:
        """What each part that `measure` gives is multiplied by in the loss."""
        return {}

    def measure(self, x: Tensor, z: Tensor, generator: Generator) -> dict[str, Tensor]:
        """The unweighted parts by name: scalars, per picture, as means over the batch.

        Args:
            x: what the encoder was given (B, *input_shape); requires a gradient where the penalty `differentiates`.
            z: the codes that it became (B, *latent_shape).
            generator: source of the penalty's own draws, on z's device; torch's own if None.
        """
        return {}


class NoPenalty(Penalty):
    """Nothing is asked of the code but that the picture can be drawn from it."""

    kind: Literal["none"] = "none"
    title = "None"


class _OfTheCode(Penalty):
    """A weighted penalty on a code whose numbers can move little by little."""

    weight: float

    def check(self, bottleneck: Bottleneck) -> None:
        if bottleneck.discrete:
            raise IncompatibleSettings(
                f"{self.title} needs a code whose numbers move little by little, and a {bottleneck.title.lower()} code "
                "is a choice among entries; choose another bottleneck, or no penalty."
            )

    def weights(self) -> dict[str, float]:
        return {self._name: self.weight}

    def measure(self, x: Tensor, z: Tensor, generator: Generator) -> dict[str, Tensor]:
        with full_precision(z.device):  # small differences of large sums
            return {self._name: self._value(x, z.float().flatten(1), generator)}

    @property
    def _name(self) -> str:
        return self.kind.replace("-", "_")

    def _value(self, x: Tensor, z: Tensor, generator: Generator) -> Tensor:
        """The penalty of codes (B, D)."""
        raise NotImplementedError


class L1(_OfTheCode):
    """Each number of the code costs its size, so that few of them are far from zero: a sparse code.

    Olshausen and Field, Emergence of simple-cell receptive field properties by learning a sparse code for natural
    images, Nature 1996, eq. 2 with S(x) = |x|.
    """

    kind: Literal["l1"] = "l1"
    title = "L1 on the code"
    weight: float = Field(
        0.1, ge=0, le=1000, title="Weight", description="What the sum of sizes is multiplied by in the loss (lambda).",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip

    def _value(self, x: Tensor, z: Tensor, generator: Generator) -> Tensor:
        return z.abs().sum(dim=1).mean()


class KLSparsity(_OfTheCode):
    """Each number of the code may be active for a small share of the pictures only, so that it stands for one thing.

    Ng, Sparse autoencoder, CS294A lecture notes 2011, section 3.
    """

    kind: Literal["kl-sparsity"] = "kl-sparsity"
    title = "KL sparsity"
    weight: float = Field(
        0.5, ge=0, le=1000, title="Weight", description="What the divergence is multiplied by in the loss (beta).",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip
    target: float = Field(
        0.05, gt=0, lt=1, title="Mean activation", description="What each number shall be on average (rho).",
        json_schema_extra={"step": 0.01},
    )  # fmt: skip

    def check(self, bottleneck: Bottleneck) -> None:
        super().check(bottleneck)
        if not bottleneck.unit_interval:
            raise IncompatibleSettings(
                f"{self.title} needs a code of numbers between 0 and 1, and the {bottleneck.title.lower()} bottleneck "
                "gives others; choose the sigmoid bottleneck."
            )

    def _value(self, x: Tensor, z: Tensor, generator: Generator) -> Tensor:
        return sparsity_divergence(z, self.target)


class Contractive(_OfTheCode):
    """The code may change little when the picture does, so that only what tells the pictures apart moves it.

    Rifai et al., Contractive auto-encoders: explicit invariance during feature extraction, ICML 2011, eq. 2.
    """

    kind: Literal["contractive"] = "contractive"
    title = "Contractive"
    differentiates = True
    weight: float = Field(
        1.0, ge=0, le=1000, title="Weight", description="What the squared derivatives are multiplied by (lambda).",
        json_schema_extra={"main": True, "step": 0.05},
    )  # fmt: skip
    probes: int = Field(
        1, ge=1, le=1024, title="Probes", description="Random directions of the code in which the change is measured, "
        "each step anew; as many as the code has numbers measure it exactly.",
    )  # fmt: skip

    def _value(self, x: Tensor, z: Tensor, generator: Generator) -> Tensor:
        return squared_jacobian(x, z, self.probes, generator).mean()


class MMD(_OfTheCode):
    """All codes together shall look like draws from a standard normal, so that a draw can be decoded to a picture.

    Tolstikhin et al., Wasserstein auto-encoders, ICLR 2018, algorithm 2 (WAE-MMD).
    """

    kind: Literal["mmd"] = "mmd"
    title = "MMD (Wasserstein)"
    compares = True
    weight: float = Field(
        100.0, ge=0, le=100_000, title="Weight", description="What the discrepancy is multiplied by (lambda).",
        json_schema_extra={"main": True, "step": 10.0},
    )  # fmt: skip

    @property
    def gaussian_prior(self) -> bool:
        return self.weight > 0

    def _value(self, x: Tensor, z: Tensor, generator: Generator) -> Tensor:
        z = z[:COMPARED]
        return mmd(z, torch.randn(z.shape, generator=generator, device=z.device))


def sparsity_divergence(z: Tensor, target: float) -> Tensor:
    """KL(target || mean activation) in nats, summed over the numbers of the codes (B, D) in [0, 1] (Ng, section 3)."""
    active = z.mean(dim=0).clamp(1e-6, 1 - 1e-6)  # (D,)
    rho = torch.full_like(active, target)
    return (rho * (rho / active).log() + (1 - rho) * ((1 - rho) / (1 - active)).log()).sum()


def squared_jacobian(x: Tensor, z: Tensor, probes: int, generator: Generator) -> Tensor:
    """The squared Frobenius norm of J = dz/dx of each picture (B,), codes (B, D); differentiable itself.

    E ||J^T v||^2 = ||J||^2 for random signs v (Hutchinson 1990): the mean over some v is right on average, without the
    whole of J. With as many probes as J has rows, J itself costs no more. Pictures must not influence each other.
    """
    if probes >= z.shape[1]:
        directions = torch.eye(z.shape[1], device=z.device)[:, None].expand(-1, len(z), -1)  # (D, B, D)
        return torch.stack([_pulled_back(x, z, v) for v in directions]).sum(dim=0)
    coins = torch.randint(2, (probes, *z.shape), generator=generator, device=z.device)
    return torch.stack([_pulled_back(x, z, v) for v in 2.0 * coins - 1]).mean(dim=0)


def _pulled_back(x: Tensor, z: Tensor, v: Tensor) -> Tensor:
    """||J^T v||^2 for each picture (B,)."""
    (gradient,) = torch.autograd.grad(z, x, v, create_graph=True)
    return gradient.flatten(1).square().sum(dim=1)


def mmd(a: Tensor, b: Tensor) -> Tensor:
    """Squared maximum mean discrepancy of two samples (N, D) and (M, D), unbiased, so that it may be below 0.

    0 where a sample has one member only, which has nobody to be compared with.
    """
    if min(len(a), len(b)) < 2:
        return a.new_zeros(())
    return _mean_of_others(_kernel(a, a)) + _mean_of_others(_kernel(b, b)) - 2 * _kernel(a, b).mean()


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    """Inverse multiquadratics C / (C + ||a - b||^2) with C = 2 D scale, summed over the scales: (N, M)."""
    squares = torch.cdist(a, b).square()
    widths = [2 * a.shape[1] * scale for scale in SCALES]
    return torch.stack([width / (width + squares) for width in widths]).sum(dim=0)


def _mean_of_others(kernel: Tensor) -> Tensor:
    """Mean of a kernel (N, N) without its diagonal: nobody is compared with itself."""
    return (kernel.sum() - kernel.diagonal().sum()) / (len(kernel) * (len(kernel) - 1))
