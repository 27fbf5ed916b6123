"""The numbers of a class, and the Markdown table of them."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.classroom.record import Record

HEAD = (
    "code", "visitors", "page opened, s", "finished", "requests asked / answered / left", "answers per s",
    "rerun p50 / p95 / max, s", "live request p50 / p95, s", "longest silence, s", "first pictures, s", "finished, s",
    "runs per min", "CPU server / workers / others", "peak MB server / workers", "idle CPU", "MB before / after",
)  # fmt: skip
LEGEND = (
    "From the first press to the end of all visits. `page opened`, `first pictures` and `finished` are median / max, "
    "the latter two from a visitor's press, of the visitors in parentheses if not all got there. One answer may cover "
    "several requests for the same fragment. Longest silence: the longest time that a visitor waited for an answer. "
    "CPU: mean share of one core; others: all other processes, of which the virtual visitors are one. Memory: resident."
)


@dataclass
class Result:
    """What was measured with one class.

    Attributes:
        label: names the code.
        records: those of the visitors.
        seconds: from the first press to the end of the last visit.
        cores: mean number of busy cores in that time: the server's, its workers', and those of all other processes.
        peaks: peak memory of the server and of its workers in MB.
        idle: busy share of a core of the server after the last visit.
        memory: the server's before and after, in MB.
        errors: those that no visitor saw.
    """

    label: str
    records: Sequence[Record]
    seconds: float
    cores: tuple[float, float, float]
    peaks: tuple[float, float]
    idle: float
    memory: tuple[float, float]
    errors: Counter[str] = field(default_factory=Counter)

    def all_errors(self) -> Counter[str]:
        return sum((record.errors for record in self.records), self.errors)

    def numbers(self) -> dict[str, Any]:
        """All numbers by name, for JSON."""
        records = self.records
        ends = [record.ended for record in records if record.status == "finished" and record.ended is not None]
        last = max((record.ended + record.pressed_at for record in records if record.ended), default=0.0)
        first = min((record.pressed_at for record in records if record.pressed_at), default=0.0)
        answered = sum(record.answered for record in records)
        return {
            "code": self.label,
            "visitors": len(records),
            "opened": spread([record.opened for record in records if record.opened is not None]),
            "finished": len(ends),
            "asked": sum(record.asked for record in records),
            "answered": answered,
            "unanswered": sum(record.unanswered for record in records),
            "answers_per_second": answered / max(self.seconds, 1e-9),
            "rerun": spread([wait for record in records for wait in record.reruns]),
            "live_request": spread([wait for record in records for wait in record.live_requests]),
            "longest_silence": max((record.longest_wait for record in records), default=0.0),
            "press_to_pictures": spread([record.pictures for record in records if record.pictures is not None]),
            "press_to_finished": spread(ends),
            "runs_per_minute": 60 * len(ends) / (last - first) if ends else 0.0,
            "seconds": self.seconds,
            "cores_server": self.cores[0],
            "cores_workers": self.cores[1],
            "cores_others": self.cores[2],
            "peak_server_mb": self.peaks[0],
            "peak_workers_mb": self.peaks[1],
            "idle": self.idle,
            "before_mb": self.memory[0],
            "after_mb": self.memory[1],
            "errors": dict(self.all_errors()),
        }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Number of values, median, 95th percentile and maximum; the number alone if there are none."""
    if not values:
        return {"n": 0}
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"n": len(ordered), "p50": statistics.median(ordered), "p95": p95, "max": ordered[-1]}


def table(results: Sequence[Result]) -> str:
    """A row for each class, then the errors."""
    lines = [f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
    lines += [f"| {' | '.join(_cells(result.numbers()))} |" for result in results]
    errors = [
        f"- {result.label}, {len(result.records)} visitors: {message} ({count} times)"
        for result in results
        for message, count in result.all_errors().most_common()
    ]
    return "\n".join([*lines, "", LEGEND, "", "Errors:" if errors else "No errors.", *errors])


def _cells(n: dict[str, Any]) -> list[str]:
    return [
        str(n["code"]),
        str(n["visitors"]),
        _times(n["opened"], n["visitors"], digits=2),
        f"{n['finished']} of {n['visitors']}",
        f"{n['asked']:,} / {n['answered']:,} / {n['unanswered']}",
        f"{n['answers_per_second']:.1f}",
        _seconds(n["rerun"], "p50", "p95", "max"),
        _seconds(n["live_request"], "p50", "p95", digits=3),
        f"{n['longest_silence']:.1f}",
        _times(n["press_to_pictures"], n["visitors"]),
        _times(n["press_to_finished"], n["visitors"]),
        f"{n['runs_per_minute']:.1f}",
        f"{n['cores_server']:.0%} / {n['cores_workers']:.0%} / {n['cores_others']:.0%}",
        f"{n['peak_server_mb']:.0f} / {n['peak_workers_mb']:.0f}",
        f"{n['idle']:.1%}",
        f"{n['before_mb']:.0f} / {n['after_mb']:.0f}",
    ]


def _seconds(values: dict[str, float], *names: str, digits: int = 2) -> str:
    return " / ".join(f"{values[name]:.{digits}f}" for name in names) if values["n"] else "–"


def _times(values: dict[str, float], visitors: int, digits: int = 1) -> str:
    text = _seconds(values, "p50", "max", digits=digits)
    return text if values["n"] in (0, visitors) else f"{text} ({values['n']} of {visitors})"
