"""The stored runs, which the app shows too: list, show, export and delete."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aecore.cli.command import Command
from aecore.errors import InvalidArguments
from aecore.utils.strict_json import to_json

if TYPE_CHECKING:
    from aecore.runs.run import Run
    from aecore.runs.sweeps.sweep import Sweep


def _runs(options: argparse.Namespace) -> int:
    from aecore.runs.store import Store

    for run in Store().runs():
        state = run.state()
        print(f"{run.id}  {state.status:<11}  {state.name}")
    return 0


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="id or name of a run or a sweep")
    parser.add_argument("--json", action="store_true", help="print everything to stdout as one JSON object")


def _show(options: argparse.Namespace) -> int:
    from aecore.cli.find_run import find_run
    from aecore.cli.find_sweep import find_sweep
    from aecore.runs.store import Store

    if sweep := find_sweep(Store(), options.run):
        return _show_sweep(sweep, options.json)
    run = find_run(Store(), options.run)
    state, config = run.state(), run.config()
    if options.json:
        fields = ("status", "name", "recipe", "created", "started", "ended", "seconds", "reason")
        shown = {"run": run.id, **{field: getattr(state, field) for field in fields}, "step": run.model_step()}
        results = {name: run.results(name) for name in ("baseline", "scores")}
        print(to_json({**shown, "config": config.model_dump(mode="json"), **results}))
        return 0
    print(f"{run.id}  {state.name}: {state.status}. {state.reason}".rstrip())
    for line in _progress_lines(run):
        print(line)
    for path, value in _plain_settings(config.model_dump(mode="json")):
        print(f"  {path}={value}")
    return 0


def _show_sweep(sweep: Sweep, as_json: bool) -> int:
    from aecore.cli.sweep_session import print_results
    from aecore.runs.sweeps.results import sweep_results

    print_results(sweep_results(sweep), as_json)
    return 0


def _progress_lines(run: Run) -> list[str]:
    """What the run has done, and its scores on the test images beside those of PCA."""
    lines, step, scores = [], run.model_step(), run.results("scores")
    if step:
        lines.append(f"Trained for {step:,} steps in {run.seconds_trained():.1f} s.")
    if scores:
        test = ", ".join(f"{name} {value:.5g}" for name, value in scores["model"].items() if value is not None)
        pca = ", ".join(f"{name} {value:.5g}" for name, value in scores["pca"].items() if value is not None)
        lines += [f"Test: {test}.", f"PCA with {scores['components']} components: {pca}."]
    return lines


def _plain_settings(group: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Paths and values as `train --set` takes them."""
    lines: list[tuple[str, str]] = []
    for name, value in group.items():
        if isinstance(value, dict):
            lines += _plain_settings(value, f"{prefix}{name}.")
        else:
            lines.append((f"{prefix}{name}", value if isinstance(value, str) else to_json(value)))
    return lines


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="id or name of a run")
    parser.add_argument("file", nargs="?", type=Path, help="zip file to write; default: the id in the current folder")


def _export(options: argparse.Namespace) -> int:
    from aecore.cli.find_run import find_run
    from aecore.runs.export import export_run
    from aecore.runs.store import Store

    run = find_run(Store(), options.run)
    file = options.file or Path(f"{run.id}.zip")
    try:
        export_run(run, file)
    except OSError as error:
        reason = error.strerror.lower() if error.strerror else str(error)
        raise InvalidArguments(f"Cannot write {file}: {reason}") from error
    print(f"{run.state().name} is in {file}: settings, curves, and weights in {run.id}/model.safetensors.")
    return 0


def _delete_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="run", help="id or name of a run, or of a sweep with all its runs")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _delete(options: argparse.Namespace) -> int:
    from aecore.cli.find_run import find_run
    from aecore.cli.find_sweep import find_sweep
    from aecore.runs.run import Run
    from aecore.runs.store import Store
    from aecore.workers.changes import delete
    from aecore.workers.sweeps import delete_sweep

    store = Store()
    for found in [find_sweep(store, text) or find_run(store, text) for text in options.runs]:
        if isinstance(found, Run):
            title, content = f"{found.id} “{found.state().name}”", "its model and curves"
        else:
            title, content = f"the sweep {found.id}", f"its {len(found.runs())} runs"
        if options.yes or _confirmed(f"Delete {title} with {content} permanently?"):
            if isinstance(found, Run):
                delete(store, found)
            else:
                delete_sweep(store, found)
            print(f"Deleted {title}.")
    return 0


def _confirmed(question: str) -> bool:
    """Ask on the terminal; raise InvalidArguments without one."""
    if not sys.stdin.isatty():
        raise InvalidArguments(f"{question} Nothing was deleted: confirm with --yes.")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


COMMANDS = (
    Command("runs", "list the stored runs", _runs),
    Command(
        "show",
        "show a run: its state, test scores and settings; or a sweep",
        _show,
        _show_arguments,
    ),
    Command("export", "write a run to a zip file, to use on another machine", _export, _export_arguments),
    Command("delete", "delete runs and sweeps, after stopping them if necessary", _delete, _delete_arguments),
)
