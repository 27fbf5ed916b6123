"""A training step reads no value of a tensor, so that an accelerator is not waited for.

There is no accelerator on most machines, so the operations that read are counted on the CPU.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from aecore.config.recipes import RECIPES
from aecore.data import Data
from aecore.training.trainer import Trainer

#: Operations whose result, or its shape, depends on values: the CPU has to wait for them.
READS = {"_local_scalar_dense", "nonzero", "masked_select", "equal", "_unique2", "bincount"}


class CountingReads(TorchDispatchMode):
    """Counts the operations that read values of tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = function.overloadpacket.__name__
        if name in READS:
            self.names.append(name)
        return function(*args, **(kwargs or {}))


def test_the_count_finds_reads() -> None:
    with CountingReads() as reads:
        torch.ones(2).sum().item()
        bool(torch.ones(()) > 0)
    assert len(reads.names) == 2


#: Recipes for other data; and a codebook, which looks for dead entries.
EXCEPT = {"vectors", "vectors-fast", "vq-vae"}


@pytest.mark.parametrize("name", [name for name in RECIPES if name not in EXCEPT])
def test_a_step_reads_nothing(name: str, digits: Data) -> None:
    config = RECIPES[name].config().changed({"training.batch_size": 4})
    trainer = Trainer(config, digits, torch.device("cpu"))
    trainer.step(0, 1e-3)
    with CountingReads() as reads:
        losses = trainer.step(1, 1e-3)
    assert reads.names == []
    assert losses.values["loss"] > 0
