"""Optimizers: how a gradient becomes a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import nn

from aecore.errors import IncompatibleSettings
from aecore.options.registry import Option


class Optimizer(Option):
    """How a gradient becomes a step. An option's own settings are called as its torch optimizer calls them."""

    _rule: ClassVar[Callable[..., torch.optim.Optimizer]]
    _fusible: ClassVar[bool] = False  # whether torch has one kernel that updates all weights: a quarter more images/s

    def build(
        self, parameters: Iterable[nn.Parameter], learning_rate: float, weight_decay: float, device: torch.device
    ) -> torch.optim.Optimizer:
        """The optimizer of these parameters, which are on `device`."""
        settings = self.model_dump(exclude={"kind"})
        if self._fusible:
            settings["fused"] = device.type in ("cpu", "cuda")
        return type(self)._rule(parameters, lr=learning_rate, weight_decay=weight_decay, **settings)


class Adam(Optimizer):
    """Gives each weight a step length of its own, from the mean and the spread of its recent gradients.

    Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1.
    """

    kind: Literal["adam"] = "adam"
    title = "Adam"
    _rule = torch.optim.Adam
    _fusible = True


class AdamW(Optimizer):
    """Adam, with weight decay that shrinks all weights alike instead of adding to their gradients.

    Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019, algorithm 2.
    """

    kind: Literal["adamw"] = "adamw"
    title = "AdamW"
    _rule = torch.optim.AdamW
    _fusible = True


class NAdam(Optimizer):
    """Adam that looks one step ahead along its own momentum.

    Dozat, Incorporating Nesterov momentum into Adam, ICLR workshop 2016, algorithm 2.
    """

    kind: Literal["nadam"] = "nadam"
    title = "NAdam"
    _rule = torch.optim.NAdam


class RMSprop(Optimizer):
    """Divides each weight's gradient by its recent size, so that all weights move about equally fast.

    Tieleman and Hinton, Neural networks for machine learning, Coursera 2012, lecture 6.5.
    """

    kind: Literal["rmsprop"] = "rmsprop"
    title = "RMSprop"
    _rule = torch.optim.RMSprop

    alpha: float = Field(
        0.99,
        ge=0,
        lt=1,
        title="Memory",
        description="Share of the mean squared gradient that each step keeps (alpha; rho in Keras).",
        json_schema_extra={"step": 0.01},
    )


class SGD(Optimizer):
    """Goes down the gradient of a few images with some momentum; its learning rate must be chosen with care.

    Robbins and Monro, A stochastic approximation method, 1951; momentum: Sutskever et al., ICML 2013, eq. 1 to 4.
    """

    kind: Literal["sgd"] = "sgd"
    title = "SGD"
    _rule = torch.optim.SGD
    _fusible = True

    momentum: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Momentum",
        description="Share of the last step that is carried on into the next.",
        json_schema_extra={"step": 0.05},
    )
    nesterov: bool = Field(False, title="Nesterov", description="Takes the gradient where the momentum leads to.")

    @model_validator(mode="after")
    def _looks_ahead_along_something(self) -> Self:
        if self.nesterov and not self.momentum:
            raise IncompatibleSettings(
                "Nesterov looks ahead along the momentum, and that is 0; choose a momentum.", "nesterov"
            )
        return self
