"""The scores of all images by all methods."""

from __future__ import annotations

from statistics import fmean

import pytest
import torch
from sklearn.metrics import roc_auc_score

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import Mnist5k
from aecore.evaluation.anomaly.baselines import BASELINES, fit_baselines
from aecore.evaluation.anomaly.detection import Detection
from aecore.evaluation.anomaly.one_class import detections, score_images
from aecore.evaluation.anomaly.scores import SCORES
from aecore.training.train import train

NORMAL = 0
SHORT = recipe("anomaly").config(Mnist5k(classes=(NORMAL,))).changed({"training.length.steps": 60})
VARIATIONAL = SHORT.changed({"bottleneck": {"kind": "variational", "latent": 8}})
ALL = {*SCORES, *BASELINES}
CODES = {"mahalanobis", "sum"}  # an encoder that repairs gives anomalous images normal codes


def shuffled_auroc(scores: torch.Tensor, is_normal: torch.Tensor, times: int = 50) -> float:
    """The mean AUROC after the labels were shuffled."""
    generator = torch.Generator().manual_seed(0)
    shuffled = [is_normal[torch.randperm(len(is_normal), generator=generator)] for _ in range(times)]
    return fmean(Detection(scores[normal], scores[~normal]).auroc for normal in shuffled)


@pytest.mark.parametrize(
    ("config", "names"), [(SHORT, ALL - {"elbo"}), (VARIATIONAL, ALL)], ids=["linear", "variational"]
)
def test_scores_all_images_by_every_method(config: RunConfig, names: set[str]) -> None:
    data = config.dataset.load()
    *_, last = train(config, data)
    baselines = fit_baselines(data.training.images, config.latent_size)
    found = dict(score_images(last.model, data, baselines))
    compared = detections(last.model, data, NORMAL, baselines)
    assert set(found) == set(compared) == names
    for name, scores in found.items():
        assert scores.test.shape == (len(data.test),)
        assert scores.held_out.shape == (len(data.validation),)
        assert len(torch.unique(scores.test)) > 0.9 * len(data.test), "scores differ"
        auroc = roc_auc_score(data.test.labels != NORMAL, scores.test)
        assert compared[name].auroc == pytest.approx(auroc), name
        assert shuffled_auroc(scores.test, data.test.labels == NORMAL) == pytest.approx(0.5, abs=0.03), name
        if name in CODES:
            continue
        assert auroc > 0.8, name
        # Held-out images are normal: they score like the normal test images.
        normal, anomalous = scores.test[data.test.labels == NORMAL], scores.test[data.test.labels != NORMAL]
        middle = torch.median(scores.held_out)
        assert abs(middle - normal.median()) < abs(middle - anomalous.median()), name
