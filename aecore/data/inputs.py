"""Images, vectors and codes from a caller: the one place that checks and converts them.

They may be NumPy arrays or tensors of any number type, on any device. In images, whole numbers are pixels from 0 to
255, and floats lie in [0, 1]; everything else may have any finite values.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from aecore.errors import InvalidInput
from aecore.options.shapes import Shape

Values: TypeAlias = Tensor | ArrayLike

MAX_PIXEL = 255
ROUNDING = 1e-3  # resizing and noise may leave [0, 1] by a rounding error
# Measured: a variational bottleneck, which takes exponentials, is infinite from about 300 on, and without one a usual
# learning rate hardly moves the output from 0 to such values.
MAX_VECTOR_VALUE = 100.0


def as_tensor(values: Values, name: str) -> Tensor:
    """Return values as a tensor: uint8 and floats as they are, on their device, without gradients.

    Args:
        values: numbers, in anything that NumPy or PyTorch can convert.
        name: what they are, for the error message.

    Raises:
        InvalidInput: they are not numbers.
    """
    if isinstance(values, Tensor):
        if values.is_complex():
            raise InvalidInput(f"The {name} are complex numbers; they must be real.")
        return values.detach().to_dense() if values.layout != torch.strided else values.detach()
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidInput(f"The {name} cannot be converted to one array: {error}.") from error
    if array.dtype.kind not in "buif":
        raise InvalidInput(f"The {name} have the type {array.dtype}; they must be numbers.")
    known: Any = np.uint8 if array.dtype == np.uint8 else np.int64 if array.dtype.kind in "bui" else np.float32
    # In native byte order, contiguous and writable, or else PyTorch refuses it or warns.
    with np.errstate(over="ignore"):  # an overflow is found as infinity
        return torch.from_numpy(np.require(array, known, ["C", "W"]))


def require(value: object, expected: type, name: str, advice: str) -> None:
    """Raise InvalidInput if an argument of this name has another type than expected.

    Args:
        value: the argument.
        expected: its type.
        name: its name.
        advice: what to give instead.
    """
    if not isinstance(value, expected):
        given = "None" if value is None else f"of type {type(value).__name__}"
        raise InvalidInput(f"`{name}` is {given}; expected {expected.__name__}: {advice}.")


def as_examples(values: Values, shape: Shape, name: str = "") -> Tensor:
    """Return examples in their stored form: images as uint8 or floats in [0, 1], other examples as floats.

    Args:
        values: (N, *shape); see the module.
        shape: shape of one example; three dimensions are an image (C, H, W).
        name: what they are, for error messages; by default "images" or "vectors".

    Raises:
        InvalidInput: another shape, pixels outside their range, NaN or infinity.
    """
    is_image = len(shape) == 3
    name = name or ("images" if is_image else "vectors")
    examples = as_tensor(values, name)
    _check_shape(tuple(examples.shape), shape, name)
    if is_image and examples.dtype == torch.uint8:
        return examples
    whole = not examples.is_floating_point() and examples.dtype != torch.bool
    low, high = _finite_range(examples.float(), name)
    if not is_image:
        return examples.float()
    if whole and not 0 <= low <= high <= MAX_PIXEL:
        raise InvalidInput(f"The {name} have values from {low:g} to {high:g}; whole numbers must be 0 to {MAX_PIXEL}.")
    if not whole and not -ROUNDING <= low <= high <= 1 + ROUNDING:
        advice = "undo their normalization or clamp them"
        if low >= 0 and 1 < high <= MAX_PIXEL:
            advice = f"divide them by {MAX_PIXEL}, or give them as uint8"
        raise InvalidInput(f"The {name} have values from {low:g} to {high:g}; floats must be 0 to 1: {advice}.")
    return examples.to(torch.uint8) if whole else examples.float()


def require_some(examples: Tensor) -> None:
    """Raise InvalidInput if there are no examples to average over."""
    if not len(examples):
        raise InvalidInput("There are no examples; a mean needs at least one.")


def as_codes(values: Values, shape: Shape) -> Tensor:
    """Return codes (N, *shape) as floats, on their device.

    Raises:
        InvalidInput: another shape, NaN or infinity.
    """
    codes = as_tensor(values, "codes").float()
    _check_shape(tuple(codes.shape), shape, "codes")
    _finite_range(codes, "codes")
    return codes


def check_scale(vectors: Tensor, name: str) -> None:
    """Check that vectors (N, *shape) have a scale that a network can be trained on.

    Raises:
        InvalidInput: a value is far larger than 1.
    """
    sizes = vectors.flatten(1).abs().amax(dim=0) if len(vectors) else vectors.new_zeros(1)  # (features,)
    largest = float(sizes.max())
    if largest > MAX_VECTOR_VALUE:
        raise InvalidInput(
            f"The {name} have values up to {largest:,.6g} (feature {int(sizes.argmax()) + 1}), and training needs "
            f"values near 1, at most {MAX_VECTOR_VALUE:,.0f}: standardize each feature, `(x - x.mean(0)) / x.std(0)`."
        )


def _check_shape(given: Shape, shape: Shape, name: str) -> None:
    if given[1:] == shape and given:
        return
    expected = ", ".join(("N", *map(str, shape))) + ("," if not shape else "")
    raise InvalidInput(f"The {name} have the shape {given}; expected ({expected}).{_advice(given, shape)}")


def _advice(given: Shape, shape: Shape) -> str:
    """What to do about a wrong shape, if it can be guessed."""
    if given == shape:
        return " Add an axis for the batch: `x[None]`."
    if given[1:] == (*shape[1:], *shape[:1]):
        return " Move the channels to the second axis, as in `numpy.moveaxis(x, -1, 1)`."
    if len(shape) == 3 and (1, *given[-2:]) == shape and len(given) < 4:
        axes = ", ".join(["None"] * (4 - len(given)) if len(given) == 2 else [":", "None"])
        return f" Add the missing axes: `x[{axes}]`."
    if given and np.prod(given[1:], dtype=int) == np.prod(shape, dtype=int):
        return f" Reshape them: `x.reshape{(-1, *shape)}`."
    return ""


def _finite_range(values: Tensor, name: str) -> tuple[float, float]:
    """Return the smallest and the largest value; zeros if there are none, as on the meta device."""
    if not values.numel() or values.is_meta:
        return 0.0, 0.0
    low, high = (float(bound) for bound in values.aminmax())  # NaN if any value is
    if not (np.isfinite(low) and np.isfinite(high)):
        count = int((~values.isfinite()).flatten(1).any(dim=1).sum())
        raise InvalidInput(f"{count:,} of the {len(values):,} {name} contain NaN or infinity; remove or replace them.")
    return low, high
