"""Diagnostics: common failures of a training that do not stop it, detected from its records and explained.

The advice fits the settings. A loss that is not finite ends the training instead (`aecore.errors.Diverged`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import median
from typing import Any

from torch import Tensor

from aecore.config.run_config import RunConfig
from aecore.errors import SMALLER_RATE
from aecore.models.bottlenecks.variational import UNUSED_BELOW, Variational
from aecore.models.bottlenecks.vector_quantized import VectorQuantized

Record = dict[str, Any]

MIN_STEPS = 30  # by then even slow training has left the gray output of the initial weights
MIN_EPOCHS = 1.0  # before it, or the end of a shorter training, constant images and unused codes are normal
BLACK_BELOW = 3  # of 255, mean over all pixels; MNIST's mean is 33
CONSTANT_BELOW = 2.5  # of 255, standard deviation over the images, mean over the pixels
DIVERGING_FACTOR = 1.5
LARGE_RATE_FACTOR = 10  # times the usual rate of an optimizer: from there on a larger one does not help
WINDOW = 5  # records; the median loss of a window is compared
SMALL_BATCH = 8  # images; the loss of smaller batches is so noisy that a window is four times as long


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
    diverging = list(_check_loss(config, records))
    return [
        *_check_reconstructions(config, records[-1], reconstructions, bool(diverging)),
        *_check_code(config, records),
        *diverging,
    ]


def _check_reconstructions(
    config: RunConfig, last: Record, reconstructions: Tensor | None, diverging: bool
) -> Iterator[str]:
    if reconstructions is None or not config.has_images:
        return
    if last["step"] >= MIN_STEPS and float(reconstructions.float().mean()) < BLACK_BELOW:
        advice = "Train again with another seed or a smaller learning rate"
        if config.training.init != "mean-image":
            advice = "Select “Mean image” as the initialization (More settings)"
        yield (
            "Every reconstruction is black: most pixels of the images are black, so this is a local minimum that is "
            f"hard to escape. {advice}."
        )
    elif _has_seen_enough(config, last) and float(reconstructions.float().std(dim=0).mean()) < CONSTANT_BELOW:
        advice = " or ".join(_advice_on_constant_output(config, diverging))
        yield (
            "Every reconstruction is the same image: the code does not distinguish the images yet. Train again "
            f"{advice}."
        )


def _advice_on_constant_output(config: RunConfig, diverging: bool) -> Iterator[str]:
    """What can help with these settings: no smaller weight without a weight, and no larger rate if it is large."""
    large = LARGE_RATE_FACTOR * config.training.optimizer.default_learning_rate
    is_large = diverging or config.training.learning_rate >= large
    yield "with a learning rate ten times smaller" if is_large else "for longer, with a larger learning rate"
    if isinstance(config.bottleneck, Variational) and config.bottleneck.beta:
        yield "with a smaller beta"
    if any(config.penalty.weights().values()):
        yield f"with a smaller weight on the penalty ({config.penalty.title})"
    if config.training.l1:
        yield "with less L1 on the weights"


def _check_code(config: RunConfig, records: Sequence[Record]) -> Iterator[str]:
    bottleneck, epoch = config.bottleneck, records[-1]["epoch"]
    if not _has_seen_enough(config, records[-1]):
        return
    metrics = next((r["validation"] for r in reversed(records) if "validation" in r), records[-1]["train"])
    if isinstance(bottleneck, Variational) and epoch >= bottleneck.beta_warmup:
        yield from _check_latent_dimensions(round(metrics.get("unused", 0)), bottleneck)
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
    has_begun = last["epoch"] >= MIN_EPOCHS and last["step"] >= MIN_STEPS  # an epoch can be a single step
    return bool(has_begun or length.done(last["step"], last["epoch"]) >= length.total)


def _check_latent_dimensions(unused: int, bottleneck: Variational) -> Iterator[str]:
    latent = bottleneck.latent
    if unused >= latent:
        yield (
            f"Posterior collapse: all {latent:,} latent dimensions have a KL below {UNUSED_BELOW} nats, so they carry "
            f"no information about the image, and the decoder outputs the mean image. {_advice_on_collapse(bottleneck)}"
        )
    elif unused > 0:
        reason = "Using them would add more KL than it saves in reconstruction loss; a smaller beta uses more."
        yield (
            f"{unused:,} of {latent:,} latent dimensions are unused: their KL is below {UNUSED_BELOW} nats. "
            f"{reason if bottleneck.beta else 'Training for longer may use more of them.'}"
        )


def _advice_on_collapse(bottleneck: Variational) -> str:
    if not bottleneck.beta:
        return "Beta is 0, so the KL is not the cause: train for longer, or with another seed."
    options = ["a smaller beta"]
    options += [] if bottleneck.beta_warmup else ["a beta warm-up"]
    options += [] if bottleneck.free_bits else ["free nats"]
    return f"Choose {' or '.join(options)}."


def _check_loss(config: RunConfig, records: Sequence[Record]) -> Iterator[str]:
    last = records[-1]["train"] | (records[-1].get("validation") or {})
    if not all(math.isfinite(value) for value in last.values()):
        yield f"The loss is not finite: the updates are too large. {SMALLER_RATE}"  # runs of earlier versions finish
        return
    # During a warm-up of beta, the reconstruction loss may rise: it is not all that counts any more.
    warmup = config.bottleneck.beta_warmup if isinstance(config.bottleneck, Variational) else 0.0
    losses = [r["train"].get("reconstruction", r["train"]["loss"]) for r in records if r["epoch"] >= warmup]
    window = WINDOW if config.training.batch_size >= SMALL_BATCH else 4 * WINDOW
    if len(losses) < 2 * window:
        return
    medians = [median(islice(losses, i, i + window)) for i in range(0, len(losses) - window + 1, window)]
    lowest, current = min(medians), median(losses[-window:])
    if current > DIVERGING_FACTOR * lowest:
        yield (
            f"The loss is diverging: it was {lowest:.3g} and is now {current:.3g}. The updates are too large; train "
            "again with a learning rate ten times smaller."
        )
