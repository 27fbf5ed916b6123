"""How well scores separate anomalous from normal examples, and the threshold for a false-alarm rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aecore.data.inputs import Values, as_tensor
from aecore.errors import InvalidInput

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """Counts at one threshold; examples with a larger score are reported as anomalous."""

    detected: int  # anomalous examples above the threshold (true positives)
    missed: int  # anomalous examples below it (false negatives)
    false_alarms: int  # normal examples above it (false positives)
    accepted: int  # normal examples below it (true negatives)


class Detection:
    """The scores of normal and of anomalous examples.

    Args:
        normal: scores of normal examples (N,).
        anomalous: scores of anomalous examples (M,); larger means more anomalous.

    Raises:
        InvalidInput: one of the two is empty, or a score is not finite.
    """

    def __init__(self, normal: Values, anomalous: Values) -> None:
        self.normal, self.anomalous = _scores(normal, "normal"), _scores(anomalous, "anomalous")

    @cached_property
    def auroc(self) -> float:
        """Probability that an anomalous example has a larger score than a normal one; 0.5 is chance."""
        from sklearn.metrics import roc_auc_score  # takes seconds to import

        return float(roc_auc_score(*self._labeled))

    @cached_property
    def average_precision(self) -> float:
        """Area under the precision-recall curve; the share of anomalous examples is chance."""
        from sklearn.metrics import average_precision_score

        return float(average_precision_score(*self._labeled))

    def roc(self) -> tuple[Array, Array, Array]:
        """Return false-alarm rates, detection rates and thresholds, from the largest threshold on."""
        from sklearn.metrics import roc_curve

        rates, detected, thresholds = roc_curve(*self._labeled)
        return rates, detected, thresholds

    def precision_recall(self) -> tuple[Array, Array]:
        """Return recalls and precisions, from the smallest threshold on."""
        from sklearn.metrics import precision_recall_curve

        precision, recall, _ = precision_recall_curve(*self._labeled)
        return recall, precision

    def confusion(self, threshold: float) -> Confusion:
        """Count the examples above and below a threshold."""
        detected, false_alarms = (int((scores > threshold).sum()) for scores in (self.anomalous, self.normal))
        return Confusion(detected, len(self.anomalous) - detected, false_alarms, len(self.normal) - false_alarms)

    @property
    def _labeled(self) -> tuple[Array, Array]:
        """Labels, 1 for anomalous, and scores."""
        labels = np.repeat([0.0, 1.0], [len(self.normal), len(self.anomalous)])
        return labels, np.concatenate([self.normal, self.anomalous])


def smallest_rate(held_out: int) -> float:
    """Return the smallest false-alarm rate that `threshold_at` can promise with n held-out examples: 1 / (n + 1).

    A further normal example is equally likely to take each of the n + 1 ranks among them, so it is above the largest
    of them with this probability.
    """
    return 1 / (held_out + 1)


def threshold_at(false_alarm_rate: float, held_out: Values) -> float:
    """Return the score above which an example is reported as anomalous.

    Of further normal examples, at most this share is reported on average: the threshold is the score of rank
    ceil((n + 1) (1 - rate)) among n held-out normal examples (conformal prediction: Laxhammar, Conformal anomaly
    detection, 2014, section 4.2). With fewer than 1 / rate - 1 of them it is the largest one,
    and the rate is that of `smallest_rate`.

    Args:
        false_alarm_rate: above 0, below 1.
        held_out: scores of normal examples that the model was not trained on, (n,).

    Raises:
        InvalidInput: the rate is outside its range, or there are no finite scores.
    """
    if not 0 < false_alarm_rate < 1:
        raise InvalidInput(f"The false-alarm rate is {false_alarm_rate:g}; it must be above 0 and below 1.")
    scores = np.sort(_scores(held_out, "held-out"))
    rank = math.ceil((len(scores) + 1) * (1 - false_alarm_rate) - 1e-9)
    return float(scores[min(rank, len(scores)) - 1])


def _scores(values: Values, name: str) -> Array:
    scores = as_tensor(values, f"{name} scores").double().flatten().cpu().numpy()
    if not len(scores) or not np.isfinite(scores).all():
        raise InvalidInput(f"There are {len(scores):,} {name} scores, and all must be finite; give at least one.")
    return scores
