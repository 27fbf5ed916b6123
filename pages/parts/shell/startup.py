"""What the server imports before its first visitor comes."""

from __future__ import annotations

import importlib

from pages.parts.shell.paths import MAIN_SCRIPT, ROOT

# Imported inside functions by pages and aecore, so that a worker or a shell need not wait for them.
LATE = (
    "plotly.graph_objects", "pandas", "mlxtend.data", "sklearn.decomposition", "skimage.metrics", "skimage.restoration",
)  # fmt: skip


def import_parts() -> None:
    """Import every module of `pages/parts` and what these import at first use.

    The server must run by then: browser components register with it.
    """
    for path in sorted((ROOT / "pages" / "parts").rglob("*.py")):
        if path != MAIN_SCRIPT:
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for name in LATE:
        importlib.import_module(name)
    importlib.import_module("aecore.data.torchvision_compat").torchvision_datasets()
