"""Import torchvision with any build of torch.

torch's CPU build beside the default torchvision wheel fails at `import torchvision` with "operator torchvision::nms
does not exist": the wheel's compiled operators need CUDA libraries. Nothing here uses them, so the two missing schemas
are declared and the import is tried again. Declaring them first would crash a matching pair, hence the order.
"""

from __future__ import annotations

import sys
from types import ModuleType

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_library: torch.library.Library | None = None


def torchvision_datasets() -> ModuleType:
    """The module `torchvision.datasets`."""
    global _library
    try:
        import torchvision.datasets
    except RuntimeError as error:
        if "torchvision::" not in str(error) or _library is not None:
            raise
        for name in [n for n in sys.modules if n.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        _library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]  # kept: the schemas live as long as it does
        for schema in _SCHEMAS:
            _library.define(schema)  # type: ignore[no-untyped-call]
        import torchvision.datasets
    module: ModuleType = torchvision.datasets
    return module
