"""Own pictures: maps by hand, a trained model that finds scratches, and the false-alarm rate that was asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from tile_pictures import blotched, scratched, tile_picture

from aecore.config.recipes import recipe
from aecore.data.collections import create_collection
from aecore.data.own import OwnImages, Picture
from aecore.evaluation.anomaly.detection import Detection, smallest_rate, threshold_at
from aecore.evaluation.anomaly.pictures import attainable_rates, heat, picture_map, picture_score
from aecore.evaluation.anomaly.scores import Reconstruct
from aecore.training.train import train

SIZE = (128, 96)
Judge = Callable[[np.ndarray], np.ndarray]


def blank(x: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(x)


@pytest.mark.parametrize("side", [28, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_map_of_a_constant_error_is_its_square(side: int, channels: int) -> None:
    images = torch.full((3, channels, side, side), 51, dtype=torch.uint8)
    error_map = picture_map(blank, Picture(images, (64, 128)))
    assert error_map.shape == (64, 128)
    error_map = picture_map(blank, Picture(images[:1]))
    assert np.allclose(error_map[10:-10, 10:-10], 0.04)
    assert picture_score(error_map) == pytest.approx(0.04, rel=1e-4)


def test_a_spot_scores_its_mean_over_seven_by_seven_pixels() -> None:
    images = torch.zeros(1, 1, 64, 64)
    images[0, 0, 30:33, 40:43] = 1
    error_map = picture_map(blank, Picture(images))
    # Of the difference averaged over 3 x 3 pixels: in each direction 1/3, 2/3, 1, 2/3, 1/3.
    assert picture_score(error_map) == pytest.approx(((1 + 4 + 9 + 4 + 1) / 9) ** 2 / 49)
    assert np.unravel_index(error_map.argmax(), error_map.shape)[0] in range(29, 34)


def test_only_what_is_above_half_of_the_largest_held_out_score_is_colored() -> None:
    assert heat(np.array([[0, 1, 2, 4, 10]]), [1, 2.0]).tolist() == [[0, 0, 0.5, 0.75, 0.9]]


@pytest.fixture(scope="module")
def tiles() -> tuple[OwnImages, Reconstruct, Reconstruct]:
    """A collection of good pictures, and a trained and an untrained model."""
    collection = create_collection("tiles", [tile_picture(i, SIZE) for i in range(24)], patches=True)
    dataset = OwnImages(collection=collection.id, side=28, validation=30)
    models = []
    for steps in (150, 1):
        config = recipe("anomaly").config(dataset).changed({"training.length.steps": steps})
        *_, last = train(config, dataset.load())
        models.append(last.model)
    trained, untrained = (list(model.parameters()) for model in models)
    assert all(not torch.equal(a, b) for a, b in zip(trained, untrained, strict=True))
    return dataset, models[0].reconstruct, models[1].reconstruct


def test_a_trained_model_finds_scratches_and_an_untrained_one_does_not(
    tiles: tuple[OwnImages, Reconstruct, Reconstruct],
) -> None:
    dataset, trained, untrained = tiles
    good = [tile_picture(1000 + i, SIZE) for i in range(20)]
    bad = [defect(tile_picture(2000 + i, SIZE), i) for i in range(10) for defect in (scratched, blotched)]

    def maps(reconstruct: Reconstruct, pictures: list[np.ndarray]) -> list[np.ndarray]:
        return [picture_map(reconstruct, dataset.picture(picture)[1]) for picture in pictures]

    bad_maps = maps(trained, [picture for picture, _ in bad])
    normal, anomalous = ([picture_score(m) for m in found] for found in (maps(trained, good), bad_maps))
    assert len(set(normal + anomalous)) == 40, "scores differ"
    assert Detection(normal, anomalous).auroc > 0.95
    tops = [np.unravel_index(m.argmax(), m.shape) for m in bad_maps]
    inside = [
        left - 4 <= x <= right + 4 and top - 4 <= y <= bottom + 4
        for (y, x), (_, (left, top, right, bottom)) in zip(tops, bad, strict=True)
    ]
    assert np.mean(inside) >= 0.9
    threshold = threshold_at(0.1, [picture_score(picture_map(trained, p)) for p in dataset.held_out_pictures()])
    assert np.mean(np.array(anomalous) > threshold) > 0.8
    rng, scores = np.random.default_rng(0), np.array(normal + anomalous)
    shuffled = [Detection(*np.split(rng.permutation(scores), 2)).auroc for _ in range(100)]
    assert np.mean(shuffled) == pytest.approx(0.5, abs=0.03)
    scratches = [picture for picture, _ in bad[::2]]
    blind = Detection(*([picture_score(m) for m in maps(untrained, some)] for some in (good, scratches)))
    assert blind.auroc < 0.75 < Detection(normal, anomalous[::2]).auroc


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
def test_false_alarms_of_a_thousand_normals(tiles: tuple[OwnImages, Reconstruct, Reconstruct], rate: float) -> None:
    """Held-out pictures set the threshold; 1,000 further ones raise as many false alarms as were asked for."""
    dataset, trained, _ = tiles
    scores = np.array(
        [picture_score(picture_map(trained, dataset.picture(tile_picture(i, (64, 64)))[1])) for i in range(100, 1600)]
    )
    threshold = threshold_at(rate, scores[:500])
    assert np.mean(scores[500:] > threshold) == pytest.approx(rate, abs=0.02)


@pytest.mark.parametrize("held_out", [1, 6, 19])
def test_the_smallest_rate_is_that_of_the_largest_score(held_out: int) -> None:
    rng = np.random.default_rng(0)
    draws = rng.standard_normal((20_000, held_out + 1))
    above = np.mean([draw[-1] > threshold_at(0.0001, draw[:-1]) for draw in draws[:5000]])
    assert above == pytest.approx(smallest_rate(held_out), abs=0.02)


@pytest.mark.parametrize(
    ("held_out", "rates"),
    [
        (1, (0.5,)),
        (6, (1 / 7,)),
        (9, (0.1, 0.2)),
        (13, (1 / 14, 0.2)),
        (30, (1 / 31, 0.1, 0.2)),
        (99, (0.01, 0.02, 0.05, 0.1, 0.2)),
        (999, (0.01, 0.02, 0.05, 0.1, 0.2)),
    ],
)
def test_only_attainable_rates_are_offered(held_out: int, rates: tuple[float, ...]) -> None:
    assert attainable_rates(held_out) == pytest.approx(rates)
    thresholds = [threshold_at(rate, np.arange(held_out)) for rate in rates]
    assert thresholds == sorted(set(thresholds), reverse=True), "each rate has a threshold of its own"
