"""Scores and baselines, against their formulas, NumPy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from aecore.config.recipes import recipe
from aecore.data import Data, Mnist5k
from aecore.evaluation.anomaly.baselines import BASELINES, fit_baselines
from aecore.evaluation.anomaly.one_class import detections
from aecore.evaluation.anomaly.scores import SCORES, applicable_scores
from aecore.models.autoencoder import Autoencoder
from aecore.optim.length import Steps
from aecore.training.train import train


def trained(name: str, steps: int, normal: int = 0, corruption: str | None = None) -> tuple[Autoencoder, Data]:
    changes = {"dataset": {"kind": "mnist-5k", "classes": [normal]}, "training.length": Steps(steps=steps)}
    config = recipe(name).changed(changes | ({"corruption.kind": corruption} if corruption else {}))
    data = config.dataset.load()
    *_, last = train(config, data)
    return last.model, data


@pytest.fixture(scope="module", params=["anomaly", "vae", "convolutional"])
def zeros(request: pytest.FixtureRequest) -> tuple[Autoencoder, Data]:
    """Models of different kinds, trained on the digit 0."""
    return trained(request.param, 100 if request.param != "convolutional" else 10)


def test_scores_are_those_of_their_formulas(zeros: tuple[Autoencoder, Data]) -> None:
    model, data = zeros
    x = data.test.images[:7].float() / 255
    difference = x - model.reconstruct(x)
    kernel = torch.full((1, 1, 3, 3), 1 / 9)
    codes, normal = (model.encode(images).flatten(1).double().numpy() for images in (x, data.training.images))
    covariance = LedoitWolf().fit(normal)
    center = codes - covariance.location_
    expected = {
        "error": difference.square().sum(dim=(1, 2, 3)),
        "smoothed-error": F.conv2d(difference, kernel, padding=1).square().sum(dim=(1, 2, 3)),
        "mahalanobis": torch.from_numpy(
            np.einsum("ni,ij,nj->n", center, np.linalg.inv(covariance.covariance_), center)
        ),
    }
    for name, values in expected.items():
        found = SCORES[name].fit(model, data.training.images)(data.test.images[:7])
        assert torch.allclose(found.double(), values.double(), rtol=1e-3), name


def test_negative_elbo_is_the_mean_loss_of_mean_codes() -> None:
    model, data = trained("vae", 20)
    x = data.test.images[:50].float() / 255
    with model.evaluating():
        output = model(x, sample=False)
        entropy = F.binary_cross_entropy_with_logits(output.logits, x, reduction="sum") / len(x)
    mean = SCORES["elbo"].fit(model, x)(x).mean()
    assert float(mean) == pytest.approx(float(entropy + output.penalties["kl"]), rel=1e-4)


def test_only_variational_models_have_an_elbo(zeros: tuple[Autoencoder, Data]) -> None:
    model, _ = zeros
    names = [score.name for score in applicable_scores(model)]
    assert ("elbo" in names) == (type(model.bottleneck).__name__ == "_VariationalModule")


def test_baselines_are_those_of_scikit_learn() -> None:
    data = Mnist5k(classes=(0,), validation=0).load()
    normal, test = (split.images.flatten(1).float().numpy() / 255 for split in (data.training, data.test))
    scorers = fit_baselines(data.training.images, 16)
    assert set(scorers) == set(BASELINES)
    fitted = PCA(16, svd_solver="full").fit(normal)  # by default it is randomized
    residual = ((test - fitted.inverse_transform(fitted.transform(test))) ** 2).sum(axis=1)
    assert np.allclose(scorers["pca"](data.test.images), residual, rtol=1e-4)
    is_anomalous = (data.test.labels != 0).numpy()
    for name, scorer in scorers.items():
        scores = scorer(data.test.images)
        assert len(scores.unique()) > 100, name
        assert roc_auc_score(is_anomalous, scores.numpy()) > 0.8, name


def test_repairing_pasted_patches_finds_more_anomalies() -> None:
    auroc = {}
    for corruption in ("cut-paste", "none"):
        model, data = trained("anomaly", 150, normal=3, corruption=corruption)
        auroc[corruption] = detections(model, data, 3, {})["error"].auroc
    assert auroc["cut-paste"] > auroc["none"] + 0.005


def test_a_model_that_returns_a_constant_separates_nothing() -> None:
    model, data = trained("anomaly", 1)
    for parameter in model.decoder.parameters():
        parameter.data.zero_()
    data.test.images[:] = data.test.images[:1]  # then all errors are equal
    assert detections(model, data, 0, {})["error"].auroc == 0.5
