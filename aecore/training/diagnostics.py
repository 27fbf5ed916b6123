"""Diagnostics: common failures of a training that do not stop it, detected from its records and explained.

A loss that is not finite is not among them: it ends the training (`aecore.errors.Diverged`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import median
from typing import Any

from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.models.bottlenecks.variational import UNUSED_BELOW, Variational
from aecore.models.bottlenecks.vector_quantized import VectorQuantized

Record = dict[str, Any]

MIN_STEPS_BLACK = 30  # by then even slow training has left the gray output of the initial weights
MIN_EPOCHS = 1.0  # before it, or the end of a shorter training, constant images and unused codes are normal
BLACK_BELOW = 3  # of 255, mean over all pixels; MNIST's mean is 33
CONSTANT_BELOW = 2.5  # of 255, standard deviation over the images, mean over the pixels
DIVERGING_FACTOR = 1.5
WINDOW = 5  # records; the median loss of a window is compared


def diagnose(config: RunConfig, records: Sequence[Record], reconstructions: Tensor | None) -> list[str]:
    """Detect common failures of a training, and explain each in one message.

    Args:
        config: the run's settings.
        records: the run's metrics so far: dicts with "step", "epoch", "train" and, after an epoch, "validation".
        reconstructions: of the ten example images, (10, C, H, W) uint8; None before the first snapshot.

    Returns:
        The messages; empty if nothing is wrong.
    """
    if not records:
        return []
    return [
        *_check_reconstructions(config, records[-1], reconstructions),
        *_check_code(config, records),
        *_check_loss(records),
    ]


def _check_reconstructions(config: RunConfig, last: Record, reconstructions: Tensor | None) -> Iterator[str]:
    if reconstructions is None or not config.has_images:
        return
    if last["step"] >= MIN_STEPS_BLACK and float(reconstructions.float().mean()) < BLACK_BELOW:
        advice = "Train again with another seed or a smaller learning rate"
        if config.training.init != "mean-image":
            advice = "Select “Mean image” as the initialization (More settings)"
        yield (
            "Every reconstruction is black: most pixels of the images are black, so this is a local minimum that is "
            f"hard to escape. {advice}."
        )
    elif _has_seen_enough(config, last) and float(reconstructions.float().std(dim=0).mean()) < CONSTANT_BELOW:
        yield (
            "Every reconstruction is the same image: the code does not distinguish the images yet. Train "
            "longer, with a larger learning rate, or with a smaller weight on the penalty."
        )


def _check_code(config: RunConfig, records: Sequence[Record]) -> Iterator[str]:
    bottleneck, epoch = config.bottleneck, records[-1]["epoch"]
    if not _has_seen_enough(config, records[-1]):
        return
    metrics = next((r["validation"] for r in reversed(records) if "validation" in r), records[-1]["train"])
    if isinstance(bottleneck, Variational) and epoch >= bottleneck.beta_warmup:
        yield from _check_latent_dimensions(round(metrics.get("unused", 0)), bottleneck.latent)
    if isinstance(bottleneck, VectorQuantized):
        used = math.ceil(metrics.get("entries_used", bottleneck.codebook_size))
        if used < bottleneck.codebook_size:
            advice = "They are reset automatically" if bottleneck.reset_dead_codes else "Switch on “Reset dead entries”"
            dead = bottleneck.codebook_size - used
            yield (
                f"{dead:,} of {bottleneck.codebook_size:,} codebook entries are dead: a batch of images uses only the "
                f"other {used:,}. {advice}; if they stay dead, a smaller codebook is sufficient."
            )


def _has_seen_enough(config: RunConfig, last: Record) -> bool:
    length = config.training.length
    return bool(last["epoch"] >= MIN_EPOCHS or length.done(last["step"], last["epoch"]) >= length.total)


def _check_latent_dimensions(unused: int, latent: int) -> Iterator[str]:
    if unused >= latent:
        yield (
            f"Posterior collapse: all {latent:,} latent dimensions have a KL below {UNUSED_BELOW} nats, so they carry "
            "no information about the image, and the decoder outputs the mean image. Choose a smaller beta, a beta "
            "warm-up, or free nats."
        )
    elif unused > 0:
        yield (
            f"{unused:,} of {latent:,} latent dimensions are unused: their KL is below {UNUSED_BELOW} nats. Using them "
            "would add more KL than it saves in reconstruction loss; with a smaller beta, more are used."
        )


def _check_loss(records: Sequence[Record]) -> Iterator[str]:
    losses = [r["train"].get("reconstruction", r["train"]["loss"]) for r in records]
    if len(losses) < 2 * WINDOW:
        return
    medians = [median(islice(losses, i, i + WINDOW)) for i in range(0, len(losses) - WINDOW + 1, WINDOW)]
    lowest, current = min(medians), median(losses[-WINDOW:])
    if current > DIVERGING_FACTOR * lowest:
        yield (
            f"The loss is diverging: it was {lowest:.3g} and is now {current:.3g}. The updates are too large; train "
            "again with a learning rate ten times smaller."
        )
