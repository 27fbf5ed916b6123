"""What a command does before torch is imported: help, version and Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aecore.cli.commands import all_commands
from aecore.utils.version import VERSION

REPOSITORY = Path(__file__).parents[2]


def start(*arguments: str, flags: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [sys.executable, *flags, "-m", "aecore", *arguments]
    # Ctrl-C is ignored in what a shell starts in the background, and children inherit that.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, previous)


def test_help_and_version_import_nothing_slow() -> None:
    """All in one process, which stays free of the packages that take seconds to import."""
    code = f"""
import sys
from contextlib import suppress
from aecore.cli import main
for command in [[], {", ".join(f"[{name!r}]" for name in all_commands())}]:
    with suppress(SystemExit):
        main([*command, "--help"])
with suppress(SystemExit):
    main(["--version"])
main(["trian"])
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert f"aecore {VERSION}" in done.stdout
    assert "Did you mean train?" in done.stderr
    assert not {"torch", "pydantic", "numpy", "joblib", "tqdm"} & set(done.stdout.splitlines()[-1].split())


def test_package_lists_and_imports_its_public_names() -> None:
    code = "import aecore, sys; assert 'torch' not in sys.modules; from aecore import *; print(train, RECIPES['vae'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert "vae" in done.stdout, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send Ctrl-C to another one")
@pytest.mark.parametrize("imported", ["torch._C", "torch.nn", "pydantic"])
def test_ctrl_c_during_the_imports_is_quiet(imported: str) -> None:
    process = start("recipes", flags=("-X", "importtime"))
    assert process.stderr
    try:
        lines = iter(process.stderr.readline, "")
        assert any(line.rpartition("|")[2].strip().startswith(imported) for line in lines), "it was never imported"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode in (130, -signal.SIGINT)
    assert out == ""
    assert "Traceback" not in err
    assert "KeyboardInterrupt" not in err
