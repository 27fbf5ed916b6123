"""Import torchvision with any build of torch.

With torch's CPU build, the default torchvision wheel fails at `import torchvision` with "operator torchvision::nms does
not exist", because the wheel's compiled operators need CUDA libraries. This project uses none of them, so the two
missing schemas are declared and the import is repeated. Declaring them first would crash matching builds.
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
    """Return the module `torchvision.datasets`."""
    global _library
    try:
        import torchvision.datasets
    except RuntimeError as error:
        if "torchvision::" not in str(error) or _library is not None:
            raise
        for name in [n for n in sys.modules if n.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        _library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]  # the schemas live as long as this object
        for schema in _SCHEMAS:
            _library.define(schema)  # type: ignore[no-untyped-call]
        import torchvision.datasets
    module: ModuleType = torchvision.datasets
    return module
