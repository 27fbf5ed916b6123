from __future__ import annotations

from pathlib import Path

import pytest

from aecore.utils.settings import SETTINGS, cores, settings


def test_folders_are_in_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    assert settings().home == tmp_path
    folders = {settings().runs, settings().data, settings().cache, settings().collections}
    assert folders == {tmp_path / name for name in ("runs", "data", "cache", "pictures")}


def test_default_home_is_the_platform_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AECORE_HOME")
    assert settings().home.is_absolute()
    assert settings().home.name == "autoencoder-lab"


def test_home_can_be_relative_or_start_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECORE_HOME", "~/lab")
    assert settings().home == Path.home() / "lab"
    monkeypatch.setenv("AECORE_HOME", "lab")
    assert settings().home == Path.cwd() / "lab"


def test_data_folder_can_be_outside_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    assert settings().data == tmp_path
    assert settings().runs != tmp_path / "runs"


@pytest.mark.parametrize(("value", "slots"), [("1", 1), ("3", 3), ("", max(1, cores() // 2))])
def test_reads_slots(monkeypatch: pytest.MonkeyPatch, value: str, slots: int) -> None:
    monkeypatch.setenv("AECORE_SLOTS", value)
    assert settings().slots == slots
    assert 1 <= settings().threads * slots <= max(cores(), slots)


@pytest.mark.parametrize(("value", "runs"), [("1", 1), ("200", 200), ("", 64)])
def test_reads_runs_per_slot(monkeypatch: pytest.MonkeyPatch, value: str, runs: int) -> None:
    monkeypatch.setenv("AECORE_RUNS_PER_SLOT", value)
    assert settings().runs_per_slot == runs


@pytest.mark.parametrize("name", ["AECORE_SLOTS", "AECORE_RUNS_PER_SLOT"])
@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "²"])
def test_rejects_invalid_counts(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=f"{name} is '{value}'; it must be a whole number of 1 or more"):
        settings()


@pytest.mark.parametrize("name", ["AECORE_HOME", "AECORE_DATA"])
def test_rejects_the_home_of_an_unknown_user(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "~nobody-of-that-name/lab")
    with pytest.raises(ValueError, match=f"{name} is '~nobody-of-that-name/lab'"):
        settings()


@pytest.mark.parametrize(
    ("name", "kind"), [("MNIST", "mnist"), ("FASHION_MNIST", "fashion-mnist"), ("KMNIST", "kmnist")]
)
def test_each_dataset_has_its_own_mirror(monkeypatch: pytest.MonkeyPatch, name: str, kind: str) -> None:
    monkeypatch.setenv(f"AECORE_{name}_MIRROR", "http://mirror")
    assert settings().mirrors == {kind: "http://mirror"}
    monkeypatch.setenv(f"AECORE_{name}_MIRROR", "")
    assert not settings().mirrors


@pytest.mark.parametrize("name", SETTINGS)
def test_reads_what_is_documented(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = settings()
    monkeypatch.setenv(name, "77")
    assert settings() != before


def test_environment_variables_are_read_in_one_place() -> None:
    package = Path(__file__).parents[2] / "aecore"
    readers = [file for file in package.rglob("*.py") if "environ" in file.read_text(encoding="utf-8")]
    assert {file.name for file in readers} == {"settings.py", "__init__.py"}
