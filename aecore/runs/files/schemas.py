"""The contents of a run's JSON files besides settings and state, validated where they are read.

A file may be damaged although it is JSON: numbers as text, null or lists in place of numbers, missing keys.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    model_validator,
)

from aecore.analysis.metrics import EXACT_PSNR


def _known(losses: Any) -> Any:
    """Leave out the values that were not finite, which JSON stores as null; the loss itself is NaN."""
    if not isinstance(losses, dict):
        return losses
    unknown = {
        name
        for name, value in losses.items()
        if value is None or (isinstance(value, float) and not math.isfinite(value))
    }
    known = {name: value for name, value in losses.items() if name not in unknown}
    return known | ({"loss": math.nan} if "loss" in unknown else {})


def _with_loss(losses: dict[str, float]) -> dict[str, float]:
    if "loss" not in losses:
        raise ValueError("the loss is missing")
    return losses


def _capped(psnr: Any) -> Any:
    return EXACT_PSNR if psnr == math.inf else psnr  # stored by versions before the cap


Count = Annotated[int, Field(ge=0, lt=2**53)]
Seconds = Annotated[float, Field(ge=0, lt=1e11)]
Losses = Annotated[dict[str, Annotated[float, AllowInfNan()]], BeforeValidator(_known)]


_count = TypeAdapter[int](Count)


class Content(BaseModel):
    """Base class of the contents. Unknown keys are kept: a newer version may have written them."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)


class RecordContent(Content):
    """A line of `metrics.jsonl`."""

    step: Count
    epoch: Seconds
    train: Annotated[Losses, AfterValidator(_with_loss)]
    validation: Losses = {}
    learning_rate: float | None = None
    images_per_second: float = 0.0
    seconds: Seconds = 0.0


class ResumptionContent(Content):
    """A line of `metrics.jsonl` where a run continues."""

    resumed: Count


class LiveContent(Content):
    """The metrics in `live.safetensors`."""

    step: Count = 0
    steps: Annotated[int, Field(gt=0, lt=2**53)] = 1
    epoch: Seconds = 0.0
    seconds_left: Seconds | None = None
    losses: Losses = {}
    learning_rate: float = 0.0
    images_per_second: float = 0.0
    seconds: Seconds = 0.0


class CheckpointContent(Content):
    """The metadata of `resume.safetensors`. A validation loss that was not computed is NaN, and null in JSON."""

    model_config = ConfigDict(allow_inf_nan=True)

    step: Count
    history: tuple[Annotated[float, BeforeValidator(lambda loss: math.nan if loss is None else loss)], ...] = ()
    patience_from: Count = 0
    steps_per_epoch: Count | None = None
    optimizer_kind: str | None = None


class _Scores(Content):
    mse: float
    sse: float
    bce: float | None
    psnr: Annotated[float | None, BeforeValidator(_capped)]


class BaselineContent(_Scores):
    """The content of `baseline.json`."""

    components: Count


class ScoresContent(Content):
    """The content of `scores.json`."""

    step: Count | None
    components: Count
    model: _Scores
    pca: _Scores

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        if {name for name, value in self.model if value is None} != {name for name, value in self.pca if value is None}:
            raise ValueError("the scores of the model and of PCA differ in what is known")
        return self


class SimilarityContent(Content):
    """The content of `similarity.json`: the mean SSIM over the test images."""

    step: Count
    components: Count
    model: float
    pca: float


#: The results that a run stores, by name.
RESULTS: dict[str, type[Content]] = {"baseline": BaselineContent, "scores": ScoresContent}


def parse_count(text: str) -> int:
    """Parse a number of steps. Raises ValueError."""
    return _count.validate_python(text)


def validated(content: type[Content], tree: Any) -> dict[str, Any]:
    """Return the values of a file. Raises ValueError if they do not have the types that its readers rely on."""
    return content.model_validate(tree).model_dump(exclude_unset=True)
