"""Training: the settings of how a model is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import Field

from aecore.models.likelihoods import LIKELIHOODS
from aecore.optim.length import Epochs, Length
from aecore.optim.optimizers import Adam, Optimizer
from aecore.optim.schedules import Constant, Schedule
from aecore.optim.stopping import NoStopping, Stopping
from aecore.options.epochs import IN_EPOCHS
from aecore.options.registry import FrozenModel, option_union, options_by_kind

if TYPE_CHECKING:  # a type checker cannot evaluate a union that is built at run time
    AnyLength: TypeAlias = Length
    AnyOptimizer: TypeAlias = Optimizer
    AnySchedule: TypeAlias = Schedule
    AnyStopping: TypeAlias = Stopping
    LossName: TypeAlias = str
else:
    AnyLength, AnyOptimizer, AnySchedule, AnyStopping = map(option_union, (Length, Optimizer, Schedule, Stopping))
    LossName = Literal["bce", "mse", *LIKELIHOODS]


class Training(FrozenModel):
    """How the model is trained."""

    loss: LossName = Field(
        "bce",
        title="Loss",
        description="BCE (binary cross-entropy) treats pixels as probabilities; MSE (squared error), as values; an "
        "8-bit likelihood predicts a distribution of each exact value, as lossless compression needs.",
        json_schema_extra={
            "labels": {"bce": "BCE", "mse": "MSE", **{kind: found.title for kind, found in LIKELIHOODS.items()}}
        },
    )
    length: AnyLength = Field(
        Epochs(), title="Training length", description="How long training runs.", json_schema_extra={"main": True}
    )
    batch_size: int = Field(256, ge=1, le=10_000, title="Batch size", description="Images per training step.")
    learning_rate: float = Field(
        1e-3,
        gt=0,
        le=10,
        title="Learning rate",
        description="How far each update moves the weights. Optimizers have different usual values: Muon about 0.05.",
        json_schema_extra={"main": True, "step": 1e-4},
    )
    optimizer: AnyOptimizer = Field(Adam(), title="Optimizer", description="How gradients update the weights.")
    schedule: AnySchedule = Field(
        Constant(), title="Schedule", description="How the learning rate changes during training."
    )
    warmup: float = Field(
        0.0,
        ge=0,
        le=1000,
        title="Warm-up, epochs",
        description="The learning rate rises linearly from 0 over this many epochs, with any schedule.",
        json_schema_extra={"step": 1.0, **IN_EPOCHS},
    )
    stopping: AnyStopping = Field(
        NoStopping(), title="Early stopping", description="Whether training stops before its full length."
    )
    weight_decay: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Weight decay (L2)",
        description="Pulls weights toward zero: adds this factor times each weight to its gradient (AdamW and Muon: to "
        "its update).",
        json_schema_extra={"step": 1e-4},
    )
    l1: float = Field(
        0.0,
        ge=0,
        le=1,
        title="L1 on the weights",
        description="Adds this factor times the L1 norm of the weights to the loss: many weights become almost zero.",
        json_schema_extra={"step": 1e-4},
    )
    init: Literal["mean-image", "pytorch", "glorot"] = Field(
        "mean-image",
        title="Initialization",
        description="Mean image: PyTorch's initialization, with an output bias that gives the mean training image, so "
        "that training does not stay at all-black output. Glorot: uniform weights and zero biases, as in Keras.",
        json_schema_extra={"labels": {"mean-image": "Mean image", "pytorch": "PyTorch", "glorot": "Glorot"}},
    )
    seed: int = Field(0, ge=0, lt=2**31, title="Seed", description="The same seed gives the same results.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        title="Precision",
        description="Auto uses bfloat16 for convolutions and for wide layers in large batches, on processors where "
        "that is faster. Validation is in float32.",
    )

    @classmethod
    def dependent_defaults(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        optimizer = settings.get("optimizer", Adam())
        if isinstance(optimizer, Mapping):
            optimizer = options_by_kind(Optimizer).get(str(optimizer.get("kind")))
        return {"learning_rate": getattr(optimizer, "default_learning_rate", Optimizer.default_learning_rate)}
