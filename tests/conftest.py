"""Shared fixtures: a temporary home, small data and settings, and waiting for a condition.

Import torch only after aecore, which configures OpenMP for several processes on one machine.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from aecore.config.run_config import RunConfig
from aecore.config.training import Training
from aecore.data import Data, Mnist5k
from aecore.models.bottlenecks import Bottleneck
from aecore.models.bottlenecks.projections import Linear
from aecore.models.networks import Network
from aecore.models.networks.dense import Dense
from aecore.optim.length import Epochs
from aecore.options.registry import Option, options_by_kind
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.utils.settings import cores, settings

REPOSITORY = Path(__file__).parents[1]
DATA_FOLDER = os.environ.get("AECORE_DATA")

#: Folders and files whose tests take seconds: they train, start processes, draw whole pages or decode large images.
SLOW = {
    "cli", "pages", "training", "test_bridge.py", "test_cli.py", "test_cluster.py", "test_codes.py",
    "test_aez_files.py", "test_contract.py", "test_crashes.py", "test_denoising.py",
    "test_downloads.py", "test_examples.py", "test_execute.py", "test_filters.py", "test_hostile.py",
    "test_migrations.py", "test_pca.py", "test_projection.py", "test_projections.py", "test_queue.py",
    "test_readme.py", "test_recipes.py", "test_run_sweep.py", "test_sampling.py", "test_scores.py", "test_segment.py",
    "test_structure.py", "test_sweep_group.py", "test_vectors.py",
}  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A temporary home for the session, so that tests leave no files behind and fill the cache once."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("AECORE_HOME", str(folder))
        for name in ("AECORE_DATA", "AECORE_MNIST_MIRROR"):
            patch.delenv(name, raising=False)
        patch.setenv("AECORE_SLOTS", str(cores()))  # one thread per process
        import torch

        torch.set_num_threads(settings().threads)  # as a worker does: the last digits depend on it
        yield folder


@pytest.fixture
def full_mnist(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder with the full MNIST, set for one test; skips the test if there is none."""
    folder = Path(DATA_FOLDER) if DATA_FOLDER else REPOSITORY.parent / "shared" / "data"
    if not (folder / "MNIST" / "raw" / "train-images-idx3-ubyte").is_file():
        pytest.skip("The full MNIST is missing: set AECORE_DATA to a folder that contains MNIST/raw.")
    monkeypatch.setenv("AECORE_DATA", str(folder))
    return folder


@pytest.fixture(scope="session")
def digits() -> Data:
    """A thousand MNIST digits to train on."""
    return Mnist5k(images=1000).load()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


@pytest.fixture(scope="session")
def small() -> RunConfig:
    """Settings that train in about a second: 10 steps per epoch, 3 epochs."""
    return RunConfig(
        dataset=Mnist5k(images=500),
        network=Dense(widths=(32,), dropout=0.1),
        bottleneck=Linear(latent=4),
        training=Training(length=Epochs(epochs=3), batch_size=50),
    )


@pytest.fixture(scope="session")
def trained(small: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small run, trained to its end. Tests copy its folder."""
    run = Store(tmp_path_factory.mktemp("trained")).create(small, "Trained", training=True)
    assert run_training(run).status == "finished"
    return run


@pytest.fixture
def stored(trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A copy of the trained run in a home of its own."""
    monkeypatch.setenv("AECORE_HOME", str(tmp_path / "home"))
    run = Run(Store().root / trained.id)
    shutil.copytree(trained.folder, run.folder)
    return run


@pytest.fixture(scope="session")
def endless(small: RunConfig) -> RunConfig:
    """Settings that train until they are stopped."""
    return small.changed({"training.length.epochs": 10_000})


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    """`wait_until(condition, seconds=120)`: return as soon as the condition holds, fail after the deadline."""

    def wait(condition: Callable[[], object], seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not true after {seconds} s: {condition}"
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="session")
def is_running() -> Callable[[int], bool]:
    """`is_running(pid)`: whether a process is running; a zombie is not."""

    def running(pid: int) -> bool:
        try:
            return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    return running


def options(family: type[Option]) -> list[object]:
    """One test row for each registered option of a family."""
    return [pytest.param(option, id=kind) for kind, option in options_by_kind(family).items()]


def covering_pairs() -> list[object]:
    """Each network with the first bottleneck that it fits, and each bottleneck with the first network."""
    networks, bottlenecks = options_by_kind(Network), options_by_kind(Bottleneck)
    fitting = [(n, b) for n in networks for b in bottlenecks if fits(networks[n], bottlenecks[b])]
    pairs = {n: (n, b) for n, b in reversed(fitting)} | {b: (n, b) for n, b in reversed(fitting)}
    return [pytest.param(networks[n], bottlenecks[b], id=f"{n}-{b}") for n, b in sorted(set(pairs.values()))]


def fits(network: type[Network], bottleneck: type[Bottleneck]) -> bool:
    try:
        RunConfig(network=network(), bottleneck=bottleneck())
    except ValidationError:
        return False
    return True


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests in tests/browser as such, and the files that take seconds as slow."""
    parts = item.path.relative_to(REPOSITORY).parts
    if "browser" in parts:
        item.add_marker(pytest.mark.browser)
    if SLOW.intersection(parts):
        item.add_marker(pytest.mark.slow)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests with `network_class` or `bottleneck_class` on every registered one, so that new files need no new test.

    Tests with both run on all pairs; those marked `each_once`, which train, run on pairs that cover each class.
    """
    if metafunc.definition.get_closest_marker("each_once"):
        metafunc.parametrize(("network_class", "bottleneck_class"), covering_pairs())
        return
    for name, family in {"network_class": Network, "bottleneck_class": Bottleneck}.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, options(family))
