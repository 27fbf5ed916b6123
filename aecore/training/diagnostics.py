"""Notices: what can go wrong in a training without stopping it, noticed from its records, and explained in a sentence.

A loss that is no longer a number is not among them: it ends the training (`aecore.training.train.Diverged`).
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

STEPS_BEFORE_BLACK = 30  # by then even a slow start has left the first weights' gray
EPOCHS_BEFORE_SAME = EPOCHS_BEFORE_UNUSED = 1.0
BLACK_BELOW = 3  # of 255, mean over all pixels; MNIST's is 33
SAME_BELOW = 2.5  # of 255, mean standard deviation of a pixel over the pictures
DIVERGING_FACTOR = 1.5
RECENT = 5  # records whose median tells where the loss is now


def diagnose(config: RunConfig, records: Sequence[Record], reconstructions: Tensor | None) -> list[str]:
    """What is worth explaining about a training as it stands.

    Args:
        config: the run's settings.
        records: what `Run.metrics` gives: dicts with step, epoch, train and perhaps validation.
        reconstructions: of the ten watched test pictures, (10, C, H, W) uint8; None while there are none.
    """
    if not records:
        return []
    return [
        *_of_pictures(config, records[-1], reconstructions),
        *_of_the_code(config, records),
        *_of_the_loss(records),
    ]


def _of_pictures(config: RunConfig, last: Record, reconstructions: Tensor | None) -> Iterator[str]:
    if reconstructions is None or not config.pictures:
        return
    if last["step"] >= STEPS_BEFORE_BLACK and float(reconstructions.float().mean()) < BLACK_BELOW:
        cure = "Train again with another seed or a smaller learning rate"
        if config.training.init != "mean-image":
            cure = "Choose “Mean picture” as the first weights (More settings)"
        yield (
            "Every output is black: most pixels of these pictures are, so black is a cheap answer, and a hard one to "
            f"leave. {cure}."
        )
    elif last["epoch"] >= EPOCHS_BEFORE_SAME and float(reconstructions.float().std(dim=0).mean()) < SAME_BELOW:
        yield (
            "Every output is the same picture: the code does not tell the pictures apart yet. Give it more epochs or a "
            "larger learning rate, or make what the loss asks beside the copy cheaper."
        )


def _of_the_code(config: RunConfig, records: Sequence[Record]) -> Iterator[str]:
    bottleneck, epoch = config.bottleneck, records[-1]["epoch"]
    if epoch < EPOCHS_BEFORE_UNUSED:
        return
    metrics = next((r["validation"] for r in reversed(records) if "validation" in r), records[-1]["train"])
    if isinstance(bottleneck, Variational) and epoch >= bottleneck.beta_warmup:
        yield from _of_unused_numbers(round(metrics.get("unused", 0)), bottleneck.latent)
    if isinstance(bottleneck, VectorQuantized):
        used = math.ceil(metrics.get("entries_used", bottleneck.codebook_size))
        if used < bottleneck.codebook_size:
            cure = "They start anew by themselves" if bottleneck.reset_dead_codes else "Switch on “Revive dead entries”"
            dead = bottleneck.codebook_size - used
            yield (
                f"{dead:,} of {bottleneck.codebook_size:,} codebook entries are dead: a batch of pictures chooses only the "
                f"other {used:,}. {cure}; if it stays so, a smaller codebook would do as well."
            )


def _of_unused_numbers(unused: int, latent: int) -> Iterator[str]:
    if unused >= latent:
        yield (
            f"Posterior collapse: all {latent:,} numbers of the code have a KL below {UNUSED_BELOW} nats, so they tell "
            "nothing about the picture, and the decoder draws the mean. Choose a smaller beta, a beta warm-up, or free "
            "nats."
        )
    elif unused > 0:
        yield (
            f"{unused:,} of the code's {latent:,} numbers are unused: their KL is below {UNUSED_BELOW} nats. They cost "
            "more than they would tell; a smaller beta makes room for them."
        )


def _of_the_loss(records: Sequence[Record]) -> Iterator[str]:
    losses = [r["train"].get("reconstruction", r["train"]["loss"]) for r in records]
    if len(losses) < 2 * RECENT:
        return
    medians = [median(islice(losses, i, i + RECENT)) for i in range(0, len(losses) - RECENT + 1, RECENT)]
    lowest, now = min(medians), median(losses[-RECENT:])
    if now > DIVERGING_FACTOR * lowest:
        yield (
            f"The loss is diverging: it was down at {lowest:.3g} and is now {now:.3g}. The steps are too long; train "
            "again with a learning rate ten times smaller."
        )
