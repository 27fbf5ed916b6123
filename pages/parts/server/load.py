"""How often browsers may ask for live views: less often the more of them there are, and the slower the server is."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque

INTERVALS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0)  # seconds; few, so that answers stay equal for a while
STARTING = "starting"  # a run whose first step is about to be shown
STEADY = "steady"  # a run whose images change slowly, because it has trained for a while
#: Shortest intervals in seconds, by status; others have ended. On a machine with few cores, a browser that draws takes
#: them from the training.
SHORTEST = {STARTING: 0.2, "training": 0.4, STEADY: 1.0, "queued": 1.0}
SECONDS_ENDED = 3.0
ANSWERS_PER_SECOND = 40.0  # to all viewers together
TOLERATED_LAG = 0.05  # seconds; twice as much doubles the intervals
WINDOW = 5.0  # seconds over which viewers are counted
SECONDS_BETWEEN_LAGS = 0.25
LAG_MEMORY = 2.0  # seconds over which the lag is averaged


class Load:
    """The viewers of the last seconds, and the lag of the event loop."""

    def __init__(self) -> None:
        self.lag = 0.0  # seconds by which the loop is late, on average
        self._answers: deque[tuple[float, float]] = deque()  # time, and the interval that the browser was given
        self._sum = 0.0  # of these intervals

    def interval(self, status: str, now: float | None = None) -> float:
        """Count a request, and return the seconds until that browser's next one.

        Args:
            status: of the run, `STARTING` or `STEADY`.
            now: time in seconds; default: the monotonic clock.
        """
        now = time.monotonic() if now is None else now
        while self._answers and now - self._answers[0][0] > WINDOW:
            self._sum -= self._answers.popleft()[1]
        # Each answer stands for the time that it covers, so their sum over the window is the number of viewers.
        viewers = self._sum / WINDOW
        shortest = SHORTEST.get(status, SECONDS_ENDED)
        busy = max(1.0, self.lag / TOLERATED_LAG)
        wanted = max(min(shortest, SHORTEST["training"]) * busy, viewers / ANSWERS_PER_SECOND * busy, shortest)
        given = next((interval for interval in INTERVALS if interval >= wanted), INTERVALS[-1])
        self._answers.append((now, given))
        self._sum += given
        return given

    def record_lag(self, lag: float) -> None:
        """Record by how many seconds the event loop was late."""
        # Weighted by the time that it covers: one long silence counts as much as many short ones.
        weight = 1 - math.exp(-(lag + SECONDS_BETWEEN_LAGS) / LAG_MEMORY)
        self.lag += weight * (lag - self.lag)


server_load = Load()


async def measure(load: Load = server_load) -> None:
    """Measure the lag of the running event loop, without end."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(SECONDS_BETWEEN_LAGS)
        load.record_lag(time.monotonic() - began - SECONDS_BETWEEN_LAGS)
