from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import Mnist5k
from aecore.data.vectors import Vectors
from aecore.errors import InvalidInput
from aecore.evaluation.anomaly.detector import AnomalyDetector

SHORT = RunConfig.model_validate(
    {
        "dataset": Vectors(),
        "network": {"kind": "dense", "widths": [16]},
        "bottleneck": {"kind": "linear", "latent": 2},
        "training": {"loss": "mse", "length": {"kind": "steps", "steps": 20}, "learning_rate": 0.01},
    }
)


FLOAT32 = "models compute in float32, whose last digit depends on the size of a batch"


@parametrize_with_checks(
    [AnomalyDetector(SHORT)],
    expected_failed_checks=lambda estimator: {"check_methods_subset_invariance": FLOAT32},
)
def test_keeps_the_contract_of_scikit_learn(estimator: AnomalyDetector, check: Callable[[AnomalyDetector], None]):
    check(estimator)


def digits(label: int, steps: int, **parameters: object) -> tuple[AnomalyDetector, torch.Tensor, torch.Tensor]:
    """A detector fitted to one digit, and test images of that digit and of the others."""
    data = Mnist5k(classes=(label,), validation=0).load()
    config = recipe("anomaly").changed({"training.length.steps": steps})
    detector = AnomalyDetector(config, **parameters).fit(data.training.images)  # type: ignore[arg-type]
    is_normal = data.test.labels == label
    return detector, data.test.images[is_normal], data.test.images[~is_normal]


@pytest.mark.parametrize("score", ["error", "smoothed-error", "sum"])
def test_recognizes_other_digits(score: str) -> None:
    detector, normal, anomalous = digits(0, 100, anomaly_score=score)
    values = detector.score_samples(torch.cat([normal, anomalous]))
    labels = np.repeat([1, 0], [len(normal), len(anomalous)])
    assert roc_auc_score(labels, values) > 0.95
    assert np.unique(values).size > 0.9 * values.size, "scores differ"
    assert (detector.predict(normal) == 1).mean() > 0.75
    assert (detector.predict(anomalous) == -1).mean() > 0.75


@pytest.mark.parametrize("score", ["error", "sum"])
@pytest.mark.parametrize("rate", [0.01, 0.02, 0.05, 0.1])
def test_false_alarm_rate_of_a_thousand_normal_examples_is_the_one_asked_for(rate: float, score: str) -> None:
    """Within two points, on examples from the distribution of the training, which set no weight and no threshold."""
    random = np.random.default_rng(0)
    examples = random.standard_normal((6000, 3)) @ random.standard_normal((3, 8))
    examples += 0.3 * random.standard_normal(examples.shape)
    detector = AnomalyDetector(SHORT, score, false_alarm_rate=rate).fit(examples[:5000])
    assert (detector.predict(examples[5000:]) == -1).mean() == pytest.approx(rate, abs=0.02)


def test_shuffled_labels_cannot_be_told_apart() -> None:
    detector, normal, anomalous = digits(0, 100)
    values = detector.score_samples(torch.cat([normal, anomalous]))
    random = np.random.default_rng(0)
    labels = [random.permutation(np.repeat([1, 0], [len(normal), len(anomalous)])) for _ in range(50)]
    assert np.mean([roc_auc_score(shuffled, values) for shuffled in labels]) == pytest.approx(0.5, abs=0.03)


def test_training_moves_the_parameters_and_helps() -> None:
    trained, normal, anomalous = digits(8, 150)
    untrained, *_ = digits(8, 1)
    pairs = zip(trained.model_.parameters(), untrained.model_.parameters(), strict=True)
    assert all(not torch.equal(a, b) for a, b in pairs)
    labels = np.repeat([1, 0], [len(normal), len(anomalous)])
    images = torch.cat([normal, anomalous])
    auroc = {name: roc_auc_score(labels, d.score_samples(images)) for name, d in {"t": trained, "u": untrained}.items()}
    assert auroc["t"] > auroc["u"] + 0.05


def test_error_maps_of_an_image_sum_to_its_smoothed_error() -> None:
    detector, normal, _ = digits(1, 20, anomaly_score="smoothed-error")
    maps = detector.error_maps(normal)
    assert maps.shape == (len(normal), 28, 28)
    assert np.allclose(maps.sum(axis=(1, 2)), -detector.score_samples(normal), rtol=1e-4)


def test_gray_images_may_come_without_channels() -> None:
    detector, normal, _ = digits(1, 5)
    assert np.array_equal(detector.predict(normal[:, 0]), detector.predict(normal))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"anomaly_score": "eror"}, "There is no score 'eror'; .*error"),
        ({"false_alarm_rate": 0}, "`false_alarm_rate` is 0; it must be above 0 and below 1"),
        ({"held_out": 1.5}, "`held_out` is 1.5"),
    ],
)
def test_refuses_parameters_outside_their_range(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        AnomalyDetector(SHORT, **parameters).fit(np.zeros((20, 3)))  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(20, 2, 28, 28), (20, 1, 27, 28), (20, 30, 30)])
def test_refuses_images_that_models_do_not_take(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput, match="1 or 3 channels and equal sides of one of 28, 32, 64 pixels"):
        AnomalyDetector().fit(np.zeros(shape, np.uint8))


def test_vectors_have_no_error_maps() -> None:
    detector = AnomalyDetector(SHORT).fit(np.random.default_rng(0).standard_normal((30, 4)))
    with pytest.raises(InvalidInput, match="give images"):
        detector.error_maps(np.zeros((1, 4)))
