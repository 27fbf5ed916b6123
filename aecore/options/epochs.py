"""Settings that are counted in epochs: how many steps they stand for depends on the number of images."""

from __future__ import annotations

import math
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

#: `json_schema_extra` of the fields whose unit is the epoch.
IN_EPOCHS: dict[str, Any] = {"unit": "epochs"}

ModelT = TypeVar("ModelT", bound=BaseModel)


def scale_epochs(settings: ModelT, factor: float) -> ModelT:
    """Return a copy of a group of settings with all numbers of epochs in it multiplied by a factor of 1 or more.

    Whole numbers are rounded up, and no number exceeds its bound.
    """
    fields = type(settings).model_fields.items()
    return settings.model_copy(update={name: _scaled(getattr(settings, name), field, factor) for name, field in fields})


def _scaled(value: Any, field: FieldInfo, factor: float) -> Any:
    if isinstance(value, BaseModel):
        return scale_epochs(value, factor)
    extra = field.json_schema_extra
    if not isinstance(extra, dict) or extra.get("unit") != "epochs":
        return value
    largest = min((bound.le for bound in field.metadata if hasattr(bound, "le")), default=math.inf)
    scaled = min(value * factor, largest)
    return math.ceil(scaled) if isinstance(value, int) else float(scaled)
