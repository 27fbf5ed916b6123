"""VectorQuantized: each position of the feature map is replaced by an entry of a learned codebook."""

from __future__ import annotations

import math
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from aecore.analysis.codebook import entropy
from aecore.analysis.neighbors import centered_distances
from aecore.errors import IncompatibleSettings
from aecore.models.bottlenecks.base import Bottleneck, BottleneckModule, Code
from aecore.models.networks import Network, Shape
from aecore.utils.precision import full_precision

#: An entry is dead if it is used less often than this fraction of the mean use.
DEAD_BELOW = 0.03
#: Moving averages below this are rounding errors.
MIN_SIZE = 1e-5


class VectorQuantized(Bottleneck):
    """Each position of the feature map is replaced by its nearest codebook entry: the code is a grid of indices.

    Van den Oord, Vinyals and Kavukcuoglu, Neural discrete representation learning, NeurIPS 2017; the codebook follows
    the moving averages of its appendix A.1, and dead entries are reset as in Dhariwal et al., Jukebox, 2020.
    """

    kind: Literal["vector-quantized"] = "vector-quantized"
    title = "Vector-quantized"
    discrete = True

    codebook_size: int = Field(
        64, ge=2, le=4096, title="Codebook size", description="Number of codebook entries.",
        json_schema_extra={"main": True, "stops": [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]},
    )  # fmt: skip
    codebook_dim: int = Field(16, ge=1, le=512, title="Codebook dimension", description="Dimension of each entry.")
    commitment: float = Field(
        0.25, ge=0, le=100, title="Commitment",
        description="Weight of the commitment loss, which pulls features toward their entries (beta).",
    )  # fmt: skip
    decay: float = Field(
        0.99, ge=0, lt=1, title="Codebook decay", description="Decay of the moving averages per step.",
        json_schema_extra={"step": 0.01},
    )  # fmt: skip
    reset_dead_codes: bool = Field(
        True, title="Reset dead entries", description="Replace unused codebook entries by current features."
    )

    def check(self, feature_shape: Shape) -> None:
        if len(feature_shape) != 3:
            raise IncompatibleSettings(
                "Vector quantization needs a feature map, and this network gives a vector of "
                f"{math.prod(feature_shape):,} features; choose a convolutional, residual or attention network."
            )

    def latent_shape(self, feature_shape: Shape) -> Shape:
        return (self.codebook_dim, *feature_shape[1:])

    def stored_numbers(self, feature_shape: Shape) -> int:
        return math.prod(feature_shape[1:])

    def weights(self, epoch: float = math.inf) -> dict[str, float]:
        return {"commitment": self.commitment}

    def build(self, feature_shape: Shape, network: Network) -> BottleneckModule:
        return _VectorQuantizedModule(feature_shape[0], self, network)


class _VectorQuantizedModule(BottleneckModule):
    """Features (B, C, H, W) to codebook entries (B, codebook_dim, H, W), with a straight-through gradient."""

    codebook: Tensor  # (codebook_size, codebook_dim)
    sizes: Tensor  # (codebook_size,): moving average of how often a step uses each entry
    sums: Tensor  # (codebook_size, codebook_dim): moving average of the sum of the vectors assigned to each entry
    begun: Tensor  # 1 once the codebook is initialized from features

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
            vectors = e.movedim(1, -1).flatten(0, -2)  # (B H W, codebook_dim)
            if self.training:
                self._init_codebook(vectors.detach())
            indices = self.quantize(e.detach())  # (B, H, W)
            q, assigned = self.codes_from_indices(indices), indices.flatten()
            counts = torch.zeros_like(self.sizes).index_add_(0, assigned, torch.ones_like(vectors[:, 0]).detach())
            if self.training:
                self._update_codebook(vectors.detach(), assigned, counts)
        # Eq. 2: the gradient of the decoder's input is copied to the encoder's output.
        z = e + (q - e).detach() if e.requires_grad else q
        commitment = (e - q.detach()).square().flatten(1).sum(dim=1).mean()  # eq. 3, third term, without beta
        return Code(z, {"commitment": commitment}, _usage(counts))

    def decode(self, z: Tensor) -> Tensor:
        features: Tensor = self.from_code(z)
        return features

    def quantize(self, z: Tensor) -> Tensor:
        vectors = z.movedim(1, -1).flatten(0, -2)  # (B H W, codebook_dim)
        return centered_distances(vectors, self.codebook).argmin(dim=1).view(z.shape[0], *z.shape[2:])

    def codes_from_indices(self, indices: Tensor) -> Tensor:
        return self.codebook[indices].movedim(-1, 1)  # (B, codebook_dim, H, W)

    @torch.no_grad()
    def _init_codebook(self, vectors: Tensor) -> None:
        """Initialize the entries from the first features, so that all of them lie among features."""
        if not self.begun:
            self.codebook.copy_(_sample_spread(vectors, len(self.codebook)))
            self.sums.copy_(self.codebook)
            self.begun.fill_(1)

    @torch.no_grad()
    def _update_codebook(self, vectors: Tensor, assigned: Tensor, counts: Tensor) -> None:
        """Update the moving averages: appendix A.1, eq. 6 to 8."""
        decay = self.settings.decay
        self.sizes.mul_(decay).add_(counts, alpha=1 - decay)
        self.sums.mul_(decay).add_(torch.zeros_like(self.sums).index_add_(0, assigned, vectors), alpha=1 - decay)
        if self.settings.reset_dead_codes:
            mean_size = self.sizes.mean()
            dead = self.sizes < DEAD_BELOW * mean_size  # (codebook_size,)
            distances = centered_distances(vectors, self.codebook[~dead]).square().min(dim=1).values  # (B H W,)
            self.sizes[dead] = 2 * DEAD_BELOW * mean_size  # low, so that an entry that stays unused is soon reset again
            self.sums[dead] = 2 * DEAD_BELOW * mean_size * _sample_spread(vectors, int(dead.sum()), distances)
        used = self.sizes > MIN_SIZE  # an unused entry does not move
        self.codebook[used] = self.sums[used] / self.sizes[used, None]


def _sample_spread(vectors: Tensor, count: int, distances: Tensor | None = None) -> Tensor:
    """Sample vectors that are far apart, each in proportion to its squared distance from the nearest one so far.

    Arthur and Vassilvitskii, k-means++, 2007. Most positions of an image look alike, so uniform sampling would return
    near-copies of one vector.

    Args:
        vectors: (N, D).
        count: how many to sample.
        distances: squared distances (N,) to existing vectors; if None, the first sample is uniform.

    Returns:
        (count, D)
    """
    samples = []
    for _ in range(count):
        weights = torch.ones(len(vectors)) if distances is None else distances.cpu() + 1e-12
        if not weights.sum().isfinite():  # the training diverges, which its loss shows
            weights = torch.ones_like(weights)
        sample = vectors[torch.multinomial(weights, 1).to(vectors.device)]  # (1, D)
        samples.append(sample)
        distance = (vectors - sample).square().sum(dim=1)
        distances = distance if distances is None else torch.minimum(distances, distance)
    return torch.cat(samples) if samples else vectors[:0]


def _usage(counts: Tensor) -> dict[str, Tensor]:
    """Return how many entries the batch uses, and the perplexity of their use."""
    return {"entries_used": (counts > 0).sum().float(), "perplexity": entropy(counts).exp()}
