"""Requests to start a training, as plain data: train buttons add them, the next script run processes them."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from aecore.config.run_config import RunConfig

SWEEP = "sweep"  # the button that starts a sweep, of which `created` names the sweep


@dataclass(frozen=True)
class TrainRequest:
    """One click on a train button.

    `generation` is the number of requests of this button that were processed when it was drawn. A double click, or a
    click that the browser sends twice, carries the same generation twice.
    """

    button: str
    generation: int
    config: RunConfig | None  # None: the values that the form has when the request is processed
    recipe: str = ""  # of `config`
    select: bool = True  # show the new run


@dataclass
class TrainRequests:
    """The requests of one session: those pending, in order, and what the processed ones led to."""

    pending: list[TrainRequest] = field(default_factory=list)
    generations: Counter[str] = field(default_factory=Counter)  # processed requests, by button
    created: str | None = (
        None  # id of the run or sweep created for the first pending request; set only while it is processed
    )
    last_runs: dict[str, str] = field(default_factory=dict)  # id of the last run that each button started
    #: Held while requests are processed. Streamlit starts a new script run while the old one is only asked to stop.
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, request: TrainRequest) -> None:
        """Add a request. It does nothing else, and nothing of Streamlit, so that it cannot be cut off."""
        self.pending.append(request)

    def next(self) -> TrainRequest | None:
        """The request to process now; repeats of processed ones are dropped. None if there is none."""
        while self.pending:
            request = self.pending[0]
            if request.generation == self.generations[request.button]:
                return request
            self.pending.pop(0)
        return None

    def finish(self) -> None:
        """Mark the request that `next` returned as processed."""
        button = self.pending.pop(0).button
        self.generations[button] += 1
        if self.created:
            self.last_runs[button] = self.created
        self.created = None
