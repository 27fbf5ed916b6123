"""What tests share: a home of their own, small data and settings, and waiting for a condition instead of for luck.

torch is imported by way of aecore, which first tells OpenMP not to fight with the other processes of the tests.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from aecore.config.run_config import RunConfig, Training
from aecore.data import Data, Mnist5k
from aecore.models.bottlenecks import Bottleneck
from aecore.models.bottlenecks.projections import Linear
from aecore.models.networks import Network
from aecore.models.networks.dense import Dense
from aecore.options.registry import Option, options_by_kind
from aecore.runs.execute import run_training
from aecore.runs.run import Run
from aecore.runs.store import Store
from aecore.utils.settings import cores, settings

REPOSITORY = Path(__file__).parents[1]
GIVEN_DATA = os.environ.get("AECORE_DATA")


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home for the whole session: nothing leaks out, and the cache is filled once."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("AECORE_HOME", str(folder))
        for name in ("AECORE_DATA", "AECORE_MNIST_MIRROR"):
            patch.delenv(name, raising=False)
        patch.setenv("AECORE_SLOTS", str(cores()))  # so one thread for each process
        import torch

        torch.set_num_threads(settings().threads)  # as a worker does: the last digits depend on it
        yield folder


@pytest.fixture
def full_mnist(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder with all of MNIST, put in force for one test; skipped where there is none."""
    folder = Path(GIVEN_DATA) if GIVEN_DATA else REPOSITORY.parent / "shared" / "data"
    if not (folder / "MNIST" / "raw" / "train-images-idx3-ubyte").is_file():
        pytest.skip("All of MNIST is not here: set AECORE_DATA to a folder that holds MNIST/raw.")
    monkeypatch.setenv("AECORE_DATA", str(folder))
    return folder


@pytest.fixture(scope="session")
def digits() -> Data:
    """A thousand real digits to train on."""
    return Mnist5k(images=1000).load()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


@pytest.fixture(scope="session")
def small() -> RunConfig:
    """Settings that train in a moment: 10 steps an epoch, 3 epochs."""
    return RunConfig(
        dataset=Mnist5k(images=500),
        network=Dense(widths=(32,), dropout=0.1),
        bottleneck=Linear(latent=4),
        training=Training(epochs=3, batch_size=50),
    )


@pytest.fixture(scope="session")
def trained(small: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small run, trained to its end. Tests copy its folder."""
    run = Store(tmp_path_factory.mktemp("trained")).create(small, "Trained", training=True)
    assert run_training(run).status == "finished"
    return run


@pytest.fixture(scope="session")
def endless(small: RunConfig) -> RunConfig:
    """Settings that train until they are stopped."""
    return small.changed({"training.epochs": 10_000})


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    """`wait_until(condition, seconds=120)`: return as soon as the condition holds, fail after the deadline."""

    def wait(condition: Callable[[], object], seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not so after {seconds} s: {condition}"
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="session")
def lives() -> Callable[[int], bool]:
    """Whether a process still runs; one that has ended and waits for its parent to notice does not."""

    def alive(process: int) -> bool:
        try:
            return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    return alive


def options(family: type[Option]) -> list[object]:
    """One test row for each registered option of a family."""
    return [pytest.param(option, id=kind) for kind, option in options_by_kind(family).items()]


def few_pairs() -> list[object]:
    """Each network with the first bottleneck that it fits, and each bottleneck with the first network."""
    networks, bottlenecks = options_by_kind(Network), options_by_kind(Bottleneck)
    fitting = [(n, b) for n in networks for b in bottlenecks if fits(networks[n], bottlenecks[b])]
    pairs = {n: (n, b) for n, b in reversed(fitting)} | {b: (n, b) for n, b in reversed(fitting)}
    wanted = sorted(set(pairs.values()))
    return [pytest.param(networks[n], bottlenecks[b], id=f"{n}-{b}") for n, b in wanted]


def fits(network: type[Network], bottleneck: type[Bottleneck]) -> bool:
    try:
        RunConfig(network=network(), bottleneck=bottleneck())
    except ValidationError:
        return False
    return True


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes, run all browser tests in one, so that they share browser and server; else group by file.

    The fixtures of a file are then made once.
    """
    for item in items:
        in_browser = "browser" in item.path.relative_to(REPOSITORY).parts
        if in_browser:
            item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group("browser" if in_browser else str(item.path)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that ask for a `network` or a `bottleneck` get every registered one: a new file needs no new test.

    All pairs of the two; but those that train and are marked `each_once` get only as many as it takes.
    """
    if metafunc.definition.get_closest_marker("each_once"):
        metafunc.parametrize(("network_class", "bottleneck_class"), few_pairs())
        return
    for name, family in {"network_class": Network, "bottleneck_class": Bottleneck}.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, options(family))
