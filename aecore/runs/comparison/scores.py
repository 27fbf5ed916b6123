"""Rows of a table of scores: every run with stored scores, and PCA with as many components."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aecore.config.run_config import RunConfig
from aecore.runs.comparison.similarity import read_similarity
from aecore.runs.listing import Entry


@dataclass(frozen=True)
class ScoreRow:
    """A method and its scores on the test examples; None where a score is not defined or not stored."""

    run: str | None  # its id; None for PCA
    name: str
    dataset: str  # title
    inputs: str  # "clean", or the title of the corruption
    network: str  # title; "PCA"
    latent: int  # numbers in one code; an index of a codebook counts as one
    parameters: int
    mse: float  # squared error per pixel, or per feature of a vector
    sse: float  # squared error per example
    psnr: float | None  # dB, of the mean squared error
    ssim: float | None  # mean over the images
    bce: float | None  # nats per pixel
    seconds: float | None  # of training
    images_per_second: float | None  # images seen over the seconds of training, validation and writing included


def score_rows(entries: Sequence[Entry]) -> list[ScoreRow]:
    """Return a row for each run that has ended and has stored scores, each followed by PCA unless it has a row."""
    rows: list[ScoreRow] = []
    baselines: set[tuple[object, ...]] = set()
    for entry in entries:
        stored = None if entry.state.active else entry.run.results("scores")
        if stored is None:
            continue
        similarity = read_similarity(entry.run) or {}
        rows.append(_run_row(entry, stored, similarity))
        key = (entry.config.dataset, entry.config.corruption, stored["components"])
        if key not in baselines:
            baselines.add(key)
            rows.append(_pca_row(entry.config, stored, similarity))
    return rows


def parameter_count(config: RunConfig) -> int:
    """Return the number of trainable values of a config's model."""
    return _parameter_count(config.to_json())


@lru_cache(maxsize=1000)
def _parameter_count(config: str) -> int:
    return sum(p.numel() for p in RunConfig.model_validate_json(config).build_model("meta").parameters())


def _run_row(entry: Entry, stored: Mapping[str, Any], similarity: Mapping[str, Any]) -> ScoreRow:
    config, seconds = entry.config, entry.state.seconds
    images = (stored["step"] or 0) / config.steps_per_epoch * config.dataset.training_images
    return ScoreRow(
        run=entry.run.id,
        name=entry.state.name,
        network=config.network.title,
        latent=config.stored_numbers,
        parameters=parameter_count(config),
        seconds=seconds or None,
        images_per_second=images / seconds if seconds and images else None,
        ssim=similarity.get("model"),
        **dict(_common(config, stored["model"])),
    )


def _pca_row(config: RunConfig, stored: Mapping[str, Any], similarity: Mapping[str, Any]) -> ScoreRow:
    components, size = stored["components"], math.prod(config.dataset.input_shape)
    return ScoreRow(
        run=None,
        name=f"PCA, {components:,} components",
        network="PCA",
        latent=components,
        parameters=components * size + size,  # the components and the mean
        seconds=None,
        images_per_second=None,
        ssim=similarity.get("pca"),
        **dict(_common(config, stored["pca"])),
    )


def _common(config: RunConfig, scores: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "dataset", config.dataset.title
    yield "inputs", "clean" if config.corruption.does_nothing else config.corruption.title
    yield from ((name, scores[name]) for name in ("mse", "sse", "psnr", "bce"))
