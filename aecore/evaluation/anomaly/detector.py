"""AnomalyDetector: a scikit-learn estimator that learns from normal examples only."""

from __future__ import annotations

from typing import Self, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.config.training import Training
from aecore.data import Data, Dataset, Split
from aecore.data.inputs import as_tensor
from aecore.data.own import OwnImages
from aecore.data.vectors import Vectors
from aecore.errors import InvalidInput
from aecore.evaluation.anomaly.detection import threshold_at
from aecore.evaluation.anomaly.scores import SCORES, Scorer, error_maps
from aecore.models.autoencoder import Autoencoder
from aecore.models.bottlenecks.projections import Linear
from aecore.models.networks.dense import Dense
from aecore.optim.length import Steps
from aecore.optim.schedules import OneCycle
from aecore.options.shapes import Shape
from aecore.training.train import train
from aecore.utils.suggestions import did_you_mean

_SIDES: tuple[int, ...] = get_args(OwnImages.model_fields["side"].annotation)


class AnomalyDetector(OutlierMixin, BaseEstimator):  # type: ignore[misc]
    """Anomaly detection by an autoencoder, with scikit-learn's contract of outlier detectors.

    `fit` trains on a part of the examples, all of which are taken for normal. The others set the threshold: of further
    normal examples, at most the share `false_alarm_rate` is reported on average.

    Args:
        config: the settings of the model and of its training, whose dataset is replaced by the examples; by default
            the recipe `anomaly` for images, and a dense autoencoder for vectors.
        anomaly_score: the name of a score, from `aecore.evaluation.anomaly.scores.SCORES`.
        false_alarm_rate: above 0, below 1.
        held_out: the share of the examples that sets the threshold, above 0, below 1.
        random_state: the seed of the split and of the training.

    Attributes:
        model_: the trained `Autoencoder`.
        offset_: scores below it are reported as anomalous.
        n_features_in_: number of features of a vector; only after fitting vectors.

    Examples are images (N, C, H, W), or gray ones (N, H, W), uint8 or floats in [0, 1]; or vectors (N, F), whose
    features are standardized.
    """

    def __init__(
        self,
        config: RunConfig | None = None,
        anomaly_score: str = "error",
        false_alarm_rate: float = 0.05,
        held_out: float = 0.2,
        random_state: int = 0,
    ) -> None:
        self.config = config
        self.anomaly_score = anomaly_score
        self.false_alarm_rate = false_alarm_rate
        self.held_out = held_out
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Train on normal examples X; y is ignored.

        Raises:
            InvalidInput: there are fewer than two examples, or a parameter is outside its range.
        """
        self._check_parameters()
        examples = self._validated(X, reset=True)
        if len(examples) < 2:
            raise InvalidInput(f"n_samples = {len(examples)}; at least two normal examples are needed.")
        order = torch.randperm(len(examples), generator=torch.Generator().manual_seed(int(self.random_state)))
        count = min(max(1, round(self.held_out * len(examples))), len(examples) - 1)
        held_out, training = examples[order[:count]], examples[order[count:]]
        if training.dim() == 2:
            self._mean = training.mean(dim=0)
            self._deviation = training.std(dim=0, correction=0).clamp(min=1e-6)
            held_out, training = self._standardized(held_out), self._standardized(training)
        self.model_ = self._trained(training, held_out)
        self._scorer: Scorer = SCORES[self.anomaly_score].fit(self.model_, training)
        self.offset_ = -threshold_at(self.false_alarm_rate, self._scorer(held_out))
        return self

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return how normal each example is, (N,): the negative of its anomaly score."""
        examples = self._prepared(X)
        return -self._scorer(examples).double().numpy()

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return `score_samples(X) - offset_`, (N,): negative for anomalous examples."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """Return 1 for normal examples and -1 for anomalous ones, (N,)."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def error_maps(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return where images differ from their reconstructions, (N, H, W).

        Raises:
            InvalidInput: the examples are vectors.
        """
        images = self._prepared(X)
        if images.dim() != 4:
            raise InvalidInput("Vectors have no error maps; give images.")
        return error_maps(self.model_, images).numpy()

    def _check_parameters(self) -> None:
        if self.anomaly_score not in SCORES:
            mean = did_you_mean(self.anomaly_score, SCORES)
            raise InvalidInput(
                f"There is no score {self.anomaly_score!r}; possible values are {', '.join(SCORES)}.{mean}"
            )
        for name in ("false_alarm_rate", "held_out"):
            if not 0 < (value := getattr(self, name)) < 1:
                raise InvalidInput(f"`{name}` is {value:g}; it must be above 0 and below 1.")

    def _validated(self, X: ArrayLike, reset: bool) -> Tensor:
        """Return X as scikit-learn accepts it: images as they are, vectors as float32."""
        shape = X.shape if hasattr(X, "shape") else np.asarray(X).shape
        if len(shape) > 2:
            images = as_tensor(X, "images")
            return images[:, None] if images.dim() == 3 else images
        checked = validate_data(self, X, reset=reset, dtype=np.float32)
        return torch.from_numpy(np.array(checked, np.float32))

    def _prepared(self, X: ArrayLike) -> Tensor:
        check_is_fitted(self)
        examples = self._validated(X, reset=False)
        return self._standardized(examples) if examples.dim() == 2 else examples

    def _standardized(self, vectors: Tensor) -> Tensor:
        return (vectors - self._mean) / self._deviation

    def _trained(self, training: Tensor, held_out: Tensor) -> Autoencoder:
        data = Data(Split(training), Split(training[:0]), Split(held_out), ())
        dataset = _dataset(tuple(training.shape[1:]), len(training))
        config = (self.config or _default_config(dataset)).changed(
            {"dataset": dataset.model_dump(), "training.seed": int(self.random_state)}
        )
        *_, last = train(config, data)
        return last.model


def _dataset(shape: Shape, count: int) -> Dataset:
    """Describe examples of a shape.

    Raises:
        InvalidInput: images of a size that models do not take.
    """
    if len(shape) == 1:
        return Vectors(images=max(10, count), validation=0, features=shape[0], seed=None)
    channels, height, width = shape
    if channels not in (1, 3) or height != width or height not in _SIDES:
        sides = ", ".join(map(str, _SIDES))
        raise InvalidInput(
            f"The images have the shape {shape}; they must have 1 or 3 channels and equal sides of one of {sides} "
            "pixels."
        )
    return OwnImages.model_validate({"collection": "", "side": height, "color": channels == 3, "validation": 0})


def _default_config(dataset: Dataset) -> RunConfig:
    if len(dataset.input_shape) == 3:
        return recipe("anomaly").config(dataset)
    return RunConfig(
        dataset=dataset,
        network=Dense(widths=(64,)),
        bottleneck=Linear(latent=(dataset.input_shape[0] + 1) // 2),
        training=Training(loss="mse", length=Steps(steps=300), batch_size=64, learning_rate=5e-3, schedule=OneCycle()),
    )
