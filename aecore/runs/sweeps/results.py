"""The results of a sweep: the test scores of its runs and of PCA, with mean and spread over the seeds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from aecore.analysis.spread import Spread
from aecore.errors import UnreadableRun
from aecore.evaluation.scores import Scores
from aecore.runs.files.state import ACTIVE, State
from aecore.runs.run import Run
from aecore.runs.sweeps.plan import Member
from aecore.runs.sweeps.sweep import Sweep

#: The status of a run that was not created yet, or was deleted.
WAITING = "waiting"

SCORES = tuple(field.name for field in fields(Scores))


@dataclass(frozen=True)
class MemberResult:
    """One run of a sweep."""

    run: str | None  # its id; None before it is created
    value: Any  # of the setting, as JSON
    seed: int
    status: str  # that of the run, or `WAITING`
    reason: str = ""  # why it has no scores, or why it ended
    step: int = 0  # that it has reached: in training the latest one, otherwise that of its last checkpoint
    steps: int = 0  # of its full length
    seconds: float = 0.0  # of training, known when it has ended
    components: int | None = None  # of PCA
    scores: Scores | None = None  # on the test images; of finished runs only
    pca: Scores | None = None  # of PCA with as many components, on the same images

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON, with each score by itself: `test_mse`, `pca_mse` ..."""
        tree = asdict(self)
        del tree["scores"], tree["pca"]
        return tree | _by_name("test", self.scores) | _by_name("pca", self.pca)


@dataclass(frozen=True)
class SweepPoint:
    """One value of the setting."""

    value: Any  # as JSON
    text: str
    components: int  # how many PCA gets: as many as a code has numbers
    runs: tuple[MemberResult, ...]  # one per seed

    @property
    def pca(self) -> Scores | None:
        """The scores of PCA; None until a run has finished. They do not depend on the seed."""
        return next((run.pca for run in self.runs if run.pca), None)

    def spread(self, score: str) -> Spread | None:
        """Summarize a test score of the finished runs, by its name in `Scores`; None if there is none."""
        values = [getattr(run.scores, score) for run in self.runs if run.scores]
        known = [value for value in values if value is not None]
        return Spread.of(known) if known else None

    @property
    def seconds(self) -> Spread | None:
        """Seconds of training of the finished runs; None if there is none."""
        values = [run.seconds for run in self.runs if run.scores]
        return Spread.of(values) if values else None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON, without its runs."""
        spreads = {f"test_{score}": self.spread(score) for score in SCORES} | {"seconds": self.seconds}
        known = {name: asdict(spread) if spread else None for name, spread in spreads.items()}
        head = {"value": self.value, "text": self.text, "components": self.components}
        return head | known | _by_name("pca", self.pca)


@dataclass(frozen=True)
class SweepResults:
    """What a sweep has found so far."""

    sweep: str  # its id
    name: str
    setting: str  # dotted path
    title: str  # of the setting
    seeds: int
    points: tuple[SweepPoint, ...]  # in the order of the values

    @property
    def runs(self) -> list[MemberResult]:
        """All runs, by value and seed."""
        return [run for point in self.points for run in point.runs]

    @property
    def finished(self) -> int:
        """Number of finished runs."""
        return sum(run.status == "finished" for run in self.runs)

    @property
    def fraction(self) -> float:
        """The share of the steps that is done."""
        done = sum(run.steps if run.status == "finished" else min(run.step, run.steps) for run in self.runs)
        return done / max(1, sum(run.steps for run in self.runs))

    @property
    def status(self) -> str:
        """`finished`, `training` (or queued), `failed` (all others have finished), or `stopped`: it can continue."""
        statuses = {run.status for run in self.runs}
        if statuses & ACTIVE:
            return "training"
        if statuses == {"finished"}:
            return "finished"
        return "failed" if statuses <= {"finished", "failed"} else "stopped"

    def as_dict(self) -> dict[str, Any]:
        """Return the results as JSON: `values` with mean and spread over the seeds, and `runs`."""
        head = {name: getattr(self, name) for name in ("sweep", "name", "status", "setting", "title", "seeds")}
        values, runs = [point.as_dict() for point in self.points], [run.as_dict() for run in self.runs]
        return head | {"values": values, "runs": runs}


def sweep_results(sweep: Sweep) -> SweepResults:
    """Read the results of a sweep from its runs; nothing is computed. Raises UnreadableSweep."""
    plan = sweep.plan()
    points = []
    for index, first in enumerate(plan.members[: len(plan.values)]):
        runs = tuple(_result(sweep, member) for member in plan.members[index :: len(plan.values)])
        points.append(SweepPoint(first.value, first.text, first.config.components, runs))
    return SweepResults(sweep.id, plan.name, plan.setting, plan.title, plan.seeds, tuple(points))


def _result(sweep: Sweep, member: Member) -> MemberResult:
    run = sweep.run(member)
    if run is None:
        return MemberResult(None, member.value, member.seed, WAITING, steps=member.steps)
    try:
        state, is_changed = run.state(), run.config() != member.config
    except UnreadableRun as error:
        return MemberResult(run.id, member.value, member.seed, "failed", str(error), steps=member.steps)
    if is_changed:
        reason = f"Its settings are no longer those of the sweep. Delete the run {run.id} to train it again."
        return MemberResult(run.id, member.value, member.seed, "failed", reason, steps=member.steps)
    return _result_of(run, state, member)


def _result_of(run: Run, state: State, member: Member) -> MemberResult:
    stored = run.results("scores") if state.status == "finished" else None
    step = (stored["step"] if stored else run.model_step()) or 0
    if state.status == "training" and (live := run.live()):
        step = max(step, live.metrics.get("step", 0))
    steps, seconds = member.steps, state.seconds
    result = MemberResult(run.id, member.value, member.seed, state.status, state.reason, step, steps, seconds)
    if stored is None:
        return result
    scores, pca = _scores(stored["model"]), _scores(stored["pca"])
    return replace(result, components=stored["components"], scores=scores, pca=pca)


def _by_name(prefix: str, scores: Scores | None) -> dict[str, float | None]:
    return {f"{prefix}_{score}": getattr(scores, score, None) for score in SCORES}


def _scores(stored: dict[str, Any]) -> Scores:
    return Scores(**{name: stored.get(name) for name in SCORES})  # type: ignore[arg-type]
