"""A trained model's latent space, as pages and notebooks explore it: codes as rows of numbers, pictures as bytes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aecore.analysis.latent import BATCH, Decode
from aecore.config.run_config import RunConfig
from aecore.data import Data, Dataset, default_dataset
from aecore.data.pixels import batches, to_stored
from aecore.errors import Diverged
from aecore.models.autoencoder import Autoencoder
from aecore.models.bottlenecks.variational import UNUSED_BELOW

MOST_POINTS = 10_000


@dataclass(frozen=True)
class EncodedSet:
    """Pictures with their codes."""

    images: Tensor  # (N, C, H, W) uint8
    codes: Tensor  # (N, D)
    labels: Tensor  # (N,)

    def __len__(self) -> int:
        return len(self.codes)


def map_dataset(config: RunConfig) -> Dataset:
    """Where the pictures of a map come from: the fullest data set of the same classes, else the run's own.

    The test pictures of all of MNIST are none that a run on its sample was trained on.
    """
    fullest = default_dataset()
    alike = fullest.class_names == config.dataset.class_names and fullest.input_shape == config.dataset.input_shape
    fuller = fullest.capacity > config.dataset.capacity  # its test pictures may be another's training pictures
    return fullest if alike and fuller else config.dataset


@torch.inference_mode()
def encode_dataset(model: Autoencoder, data: Data, most: int = MOST_POINTS) -> EncodedSet:
    """The first test pictures (at most `most`) with their codes; a stochastic code is taken at its mean.

    Raises:
        Diverged: a code is not finite.
    """
    model.eval()
    images = data.test.images[:most]
    codes = torch.cat([model.encode(x).flatten(1) for x in batches(images)])
    if not bool(torch.isfinite(codes).all()):
        raise Diverged("The codes of this run are no finite numbers: its training diverged. Try a lower learning rate.")
    return EncodedSet(images, codes, data.test.labels[:most])


def answers(model: Autoencoder, encoded: EncodedSet) -> Tensor:
    """The reconstructions (N, *input_shape) of encoded pictures: pictures as uint8."""
    model.eval()
    return decoder(model)(encoded.codes)


def decoder(model: Autoencoder) -> Decode:
    """The model's decoder on codes as rows: (N, D) to examples (N, *input_shape), pictures (N, C, H, W) as uint8.

    Where the code is a choice of codebook entries, each place of a row that lies between them takes the nearest.
    """

    @torch.inference_mode()
    def decode(codes: Tensor) -> Tensor:
        return torch.cat([decode_batch(part) for part in torch.split(codes, BATCH)])

    def decode_batch(codes: Tensor) -> Tensor:
        z = codes.reshape(-1, *model.latent_shape)
        chosen = model.bottleneck.quantize(z)
        made = model.decode(z if chosen is None else model.bottleneck.codes_from_indices(chosen))
        return to_stored(made, is_image=made.ndim == 4)

    return decode


@torch.inference_mode()
def choices(model: Autoencoder, codes: Tensor) -> Tensor | None:
    """The codebook entries of codes as rows (N, D), place by place: (N, P); None where there is no codebook."""
    # Choosing compares with every entry: many codes at once would take gigabytes.
    parts = [model.bottleneck.quantize(z.reshape(-1, *model.latent_shape)) for z in torch.split(codes, BATCH)]
    chosen = [part.flatten(1) for part in parts if part is not None]
    return torch.cat(chosen) if chosen else None


@torch.inference_mode()
def codes_from_indices(model: Autoencoder, chosen: Tensor) -> Tensor:
    """Codes as rows (N, D) of chosen entries (N, P). Raises TypeError where there is no codebook."""
    return model.bottleneck.codes_from_indices(chosen.reshape(-1, *model.latent_shape[1:])).flatten(1)


def by_activity(codes: Tensor) -> Tensor:
    """The dimensions of codes (N, D), the ones that vary most first."""
    return codes.std(dim=0, correction=0).argsort(descending=True)


def has_gaussian_prior(config: RunConfig) -> bool:
    """Whether training drew the codes to N(0, I), so that samples from there should decode to pictures."""
    return config.bottleneck.gaussian_prior or config.penalty.gaussian_prior


@torch.inference_mode()
def unused_dimensions(model: Autoencoder, images: Tensor) -> dict[int, float]:
    """The dimensions of a variational code that tell nothing of these images, with their KL in nats; else none."""
    model.eval()
    parts = []
    for x in batches(images):
        part = model.bottleneck.divergence(model.encoder(x))
        if part is None:
            return {}
        parts.append(part)
    kl = torch.cat(parts).mean(dim=0).tolist()
    return {i: value for i, value in enumerate(kl) if value < UNUSED_BELOW}


@torch.inference_mode()
def channels_alone(
    model: Autoencoder, codes: Tensor, pin: int, most: int
) -> tuple[list[tuple[int, float]], Tensor, Tensor]:
    """The channels of a feature map that vary most, for one of its codes (N, D).

    Returns:
        Each channel's number and share of the variance of all; its values for the code `pin`, from the lowest to the
        highest seen in that channel, (M, 1, H, W) uint8; and by how much it alone, with all others at their mean,
        makes the decoded mean brighter, (M, H, W) in [-1, 1].
    """
    maps = codes.reshape(len(codes), *model.latent_shape)  # (N, channels, H, W)
    variances = maps.var(dim=0, correction=0).sum(dim=(1, 2))
    order = variances.argsort(descending=True)[:most]
    shares = (variances / variances.sum().clamp(min=1e-12))[order]
    own, mean = maps[pin][order], maps.mean(dim=0)
    low, high = (ends[order][:, None, None] for ends in (maps.amin(dim=(0, 2, 3)), maps.amax(dim=(0, 2, 3))))
    values = ((own - low) / (high - low).clamp(min=1e-12) * 255).round().to(torch.uint8)[:, None]
    alone = mean.repeat(len(order), 1, 1, 1)
    alone[torch.arange(len(order)), order] = own
    numbered = list(zip(order.tolist(), shares.tolist(), strict=True))
    decode = decoder(model)
    adds = (decode(alone.flatten(1)).float() - decode(mean.flatten()[None])).mean(dim=1) / 255
    return numbered, values, adds
