from __future__ import annotations

from pathlib import Path

import pytest

from aecore.utils.settings import SETTINGS, cores, settings


def test_everything_is_in_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AECORE_HOME", str(tmp_path))
    assert settings().home == tmp_path
    assert {settings().runs, settings().data, settings().cache} == {tmp_path / n for n in ("runs", "data", "cache")}


def test_the_default_home_is_the_platform_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AECORE_HOME")
    assert settings().home.is_absolute()
    assert settings().home.name == "autoencoder-lab"


def test_a_home_may_be_relative_or_begin_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECORE_HOME", "~/lab")
    assert settings().home == Path.home() / "lab"
    monkeypatch.setenv("AECORE_HOME", "lab")
    assert settings().home == Path.cwd() / "lab"


def test_data_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    assert settings().data == tmp_path
    assert settings().runs != tmp_path / "runs"


@pytest.mark.parametrize(("given", "slots"), [("1", 1), ("3", 3), ("", max(1, cores() // 2))])
def test_slots(monkeypatch: pytest.MonkeyPatch, given: str, slots: int) -> None:
    monkeypatch.setenv("AECORE_SLOTS", given)
    assert settings().slots == slots
    assert 1 <= settings().threads * slots <= max(cores(), slots)


@pytest.mark.parametrize("given", ["0", "-1", "two", "1.5", "²"])
def test_impossible_slots_are_told(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("AECORE_SLOTS", given)
    with pytest.raises(ValueError, match=f"AECORE_SLOTS is '{given}'; it must be a whole number of 1 or more"):
        settings()


def test_every_variable_that_is_read_is_listed() -> None:
    package = Path(__file__).parents[2] / "aecore"
    source = (package / "settings.py").read_text(encoding="utf-8")
    for name in SETTINGS:
        assert f'"{name}")' in source, f"{name} is listed, but nothing reads it"
    everywhere = [file for file in package.rglob("*.py") if "environ" in file.read_text(encoding="utf-8")]
    assert {file.name for file in everywhere} == {"settings.py", "__init__.py"}
