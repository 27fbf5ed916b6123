"""Random settings, drawn from the fields of the config classes: any option of a kind, and any value in its bounds."""

from __future__ import annotations

import math
import typing
from random import Random
from types import NoneType
from typing import Any, Literal

import annotated_types
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from aecore.config.run_config import RunConfig
from aecore.options.registry import field_options

IMAGES, STEPS = 64, 4
LARGEST = {int: 8, float: 100.0}  # where the bound is larger: a model should be small
FIXED = {
    "dataset": {"kind": "mnist-5k", "images": IMAGES},
    "training.length": {"kind": "steps", "steps": STEPS},
    "training.precision": "float32",
    "network.layers": 1,  # depth takes time, and nothing else
    "network.blocks": 1,
}


def random_config(seed: int) -> RunConfig:
    """Return a valid config that trains in less than a second; the same for the same seed."""
    random = Random(seed)
    while True:
        tree = _group(RunConfig, "", random)
        try:
            return RunConfig.model_validate(tree)
        except ValidationError:  # these settings do not fit each other
            continue


def _group(model: type[BaseModel], prefix: str, random: Random) -> dict[str, Any]:
    return {name: _setting(info, f"{prefix}{name}", random) for name, info in model.model_fields.items()}


def _setting(info: FieldInfo, path: str, random: Random) -> Any:
    if path in FIXED:
        return FIXED[path]
    default = info.get_default(call_default_factory=True, validated_data={})
    if options := field_options(info):
        kind = random.choice(list(options))
        return _group(options[kind], f"{path}.", random) | {"kind": kind}
    if isinstance(default, BaseModel):
        return _group(type(default), f"{path}.", random)
    if path.endswith(".kind") or random.random() < 0.25:
        return default
    return _value(info.annotation, info, random)


def _value(annotation: Any, info: FieldInfo, random: Random) -> Any:
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is Literal:
        return random.choice(arguments)
    if typing.get_origin(annotation) is tuple:
        return [random.randint(1, LARGEST[int]) for _ in range(random.randint(1, 3))]
    if NoneType in arguments:
        return _value(next(member for member in arguments if member is not NoneType), info, random)
    if annotation is bool:
        return random.random() < 0.5
    if annotation is int:
        low, high = _bounds(info, 0, LARGEST[int])
        return random.randint(int(low), max(int(low), min(int(high), int(low) + LARGEST[int])))
    low, high = _bounds(info, 0.0, LARGEST[float])
    return random.choice([low, high, random.uniform(low, high), _logarithmic(low, high, random)])


def _bounds(info: FieldInfo, low: float, high: float) -> tuple[float, float]:
    for bound in info.metadata:
        match bound:
            case annotated_types.Ge(ge):
                low = ge
            case annotated_types.Gt(gt):
                low = math.nextafter(gt, math.inf) if isinstance(gt, float) else gt + 1e-30
            case annotated_types.Le(le):
                high = le
            case annotated_types.Lt(lt):
                high = math.nextafter(lt, -math.inf)
    return low, high


def _logarithmic(low: float, high: float, random: Random) -> float:
    """A number between them, of any order of magnitude."""
    return min(high, max(low, high * 10 ** random.uniform(-12, 0)))
