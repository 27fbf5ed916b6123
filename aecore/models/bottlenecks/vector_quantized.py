"""VectorQuantized: at each place of the feature map, one entry of a learned codebook."""

from __future__ import annotations

import math
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from aecore.analysis.codebook import entropy
from aecore.errors import IncompatibleSettings
from aecore.models.bottlenecks.base import Bottleneck, BottleneckModule, Code
from aecore.models.networks import Network, Shape
from aecore.utils.precision import full_precision

#: An entry chosen less often than this share of an even use is dead, and may start anew.
DEAD_BELOW = 0.03
#: Smaller moving averages are rounding.
NEVER_BELOW = 1e-5


class VectorQuantized(Bottleneck):
    """At each place of the feature map, the nearest entry of a learned codebook: the code is a grid of whole numbers.

    Van den Oord, Vinyals and Kavukcuoglu, Neural discrete representation learning, NeurIPS 2017; the codebook follows
    the moving averages of its appendix A.1, and dead entries start anew as in Dhariwal et al., Jukebox, 2020.
    """

    kind: Literal["vector-quantized"] = "vector-quantized"
    title = "Quantized (VQ)"
    discrete = True

    codebook_size: int = Field(
        64, ge=2, le=4096, title="Codebook entries", description="What each place can choose from.",
        json_schema_extra={"main": True, "stops": [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]},
    )  # fmt: skip
    codebook_dim: int = Field(16, ge=1, le=512, title="Entry width", description="Numbers in each entry.")
    commitment: float = Field(
        0.25, ge=0, le=100, title="Commitment", description="How strongly features are drawn to their entries (beta)."
    )
    decay: float = Field(
        0.99, ge=0, lt=1, title="Codebook decay", description="Memory of the moving averages, per step.",
        json_schema_extra={"step": 0.01},
    )  # fmt: skip
    reset_dead_codes: bool = Field(
        True, title="Revive dead entries", description="Entries that nobody chooses start anew."
    )

    def check(self, feature_shape: Shape) -> None:
        if len(feature_shape) != 3:
            raise IncompatibleSettings(
                "A vector-quantized code chooses an entry at each place of a feature map, and this network gives "
                f"{math.prod(feature_shape):,} features in a row; choose a convolutional, residual or attention "
                "network."
            )

    def latent_shape(self, feature_shape: Shape) -> Shape:
        return (self.codebook_dim, *feature_shape[1:])

    def stored_numbers(self, feature_shape: Shape) -> int:
        return math.prod(feature_shape[1:])

    def weights(self, epoch: float = math.inf) -> dict[str, float]:
        return {"commitment": self.commitment}

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        return _Codebook(feature_shape[0], self, network)


class _Codebook(BottleneckModule):
    """Features (B, C, H, W) to entries (B, codebook_dim, H, W), with a straight-through gradient."""

    codebook: Tensor  # (codebook_size, codebook_dim)
    sizes: Tensor  # (codebook_size,): moving average of how often each is chosen in a step
    sums: Tensor  # (codebook_size, codebook_dim): moving average of the sum of what chose it
    begun: Tensor  # whether the codebook has seen features

    def __init__(self, channels: int, settings: VectorQuantized, network: Network) -> None:
        super().__init__()
        self.settings, self.codebook_size = settings, settings.codebook_size
        self.to_code = nn.Conv2d(channels, settings.codebook_dim, 1)
        self.from_code = nn.Sequential(nn.Conv2d(settings.codebook_dim, channels, 1), network.activate_features())
        self.register_buffer("codebook", torch.randn(settings.codebook_size, settings.codebook_dim))
        self.register_buffer("sizes", torch.ones(settings.codebook_size))
        self.register_buffer("sums", self.codebook.clone())
        self.register_buffer("begun", torch.zeros(()))

    def encode(self, features: Tensor, sample: bool, generator: torch.Generator | None) -> Code:
        e = self.to_code(features).float()  # (B, codebook_dim, H, W)
        with full_precision(e.device):
            rows = e.movedim(1, -1).flatten(0, -2)  # (B H W, codebook_dim)
            if self.training:
                self._begin(rows.detach())
            places = self.quantize(e.detach())  # (B, H, W)
            q, chosen = self.codes_from_indices(places), places.flatten()
            counts = torch.zeros_like(self.sizes).index_add_(0, chosen, torch.ones_like(rows[:, 0]).detach())
            if self.training:
                self._learn(rows.detach(), chosen, counts)
        # Eq. 2: the gradient of the decoder's input is handed to the encoder's output unchanged.
        z = e + (q - e).detach() if e.requires_grad else q
        commitment = (e - q.detach()).square().flatten(1).sum(dim=1).mean()  # eq. 3, third term, without beta
        return Code(z, {"commitment": commitment}, _use(counts))

    def decode(self, z: Tensor) -> Tensor:
        features: Tensor = self.from_code(z)
        return features

    def quantize(self, z: Tensor) -> Tensor:
        return torch.cdist(z.movedim(1, -1).flatten(1, -2), self.codebook).argmin(dim=2).view(len(z), *z.shape[2:])

    def codes_from_indices(self, chosen: Tensor) -> Tensor:
        return self.codebook[chosen].movedim(-1, 1)  # (B, codebook_dim, H, W)

    @torch.no_grad()
    def _begin(self, rows: Tensor) -> None:
        """The first features seen become the first entries, so that all of them lie where features are."""
        if not self.begun:
            self.codebook.copy_(_spread(rows, len(self.codebook)))
            self.sums.copy_(self.codebook)
            self.begun.fill_(1)

    @torch.no_grad()
    def _learn(self, rows: Tensor, chosen: Tensor, counts: Tensor) -> None:
        """Appendix A.1, eq. 6 to 8."""
        decay = self.settings.decay
        self.sizes.mul_(decay).add_(counts, alpha=1 - decay)
        self.sums.mul_(decay).add_(torch.zeros_like(self.sums).index_add_(0, chosen, rows), alpha=1 - decay)
        if self.settings.reset_dead_codes:
            even = self.sizes.mean()
            dead = self.sizes < DEAD_BELOW * even  # (codebook_size,)
            gaps = torch.cdist(rows, self.codebook[~dead]).square().min(dim=1).values  # (B H W,)
            self.sizes[dead] = 2 * DEAD_BELOW * even  # a short trial: whom nobody chooses is dead again soon
            self.sums[dead] = 2 * DEAD_BELOW * even * _spread(rows, int(dead.sum()), gaps)
        known = self.sizes > NEVER_BELOW  # an entry that nobody chooses stays where it is
        self.codebook[known] = self.sums[known] / self.sizes[known, None]


def _spread(rows: Tensor, count: int, gaps: Tensor | None = None) -> Tensor:
    """`count` of the rows (N, D), far from each other: each drawn by its squared distance to the nearest so far.

    Arthur and Vassilvitskii, k-means++, 2007. Most places of a picture look alike, so even draws would be copies of
    one row. `gaps` (N,) are the squared distances to what there is already; without them the first is drawn evenly.
    """
    drawn = []
    for _ in range(count):
        chances = torch.ones(len(rows)) if gaps is None else gaps.cpu() + 1e-12
        row = rows[torch.multinomial(chances, 1).to(rows.device)]  # (1, D)
        drawn.append(row)
        gap = (rows - row).square().sum(dim=1)
        gaps = gap if gaps is None else torch.minimum(gaps, gap)
    return torch.cat(drawn) if drawn else rows[:0]


def _use(counts: Tensor) -> dict[str, Tensor]:
    """How many entries are chosen at all, and to how many evenly chosen ones that amounts (perplexity)."""
    return {"entries_used": (counts > 0).sum().float(), "perplexity": entropy(counts).exp()}
