"""Export of a run as one file, to keep or to use on another machine."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from aecore.errors import UnreadableRun
from aecore.runs.run import Run
from aecore.utils.files import replace_file

_TEMPORARY = {"stop", "live.safetensors"}  # of no use once the training has ended


def export_run(run: Run, file: Path) -> None:
    """Write the folder of a run as a zip file; unpacked into a runs folder, it is that run again.

    Args:
        run: the run.
        file: the zip file to write.

    Raises:
        FileExistsError: the file exists.
        UnreadableRun: the run was deleted.
        OSError: the file cannot be written.
    """
    if file.exists():
        raise FileExistsError(f"{file} exists; choose another name.")
    if not run.readable():
        raise UnreadableRun(f"The run {run.id} was deleted or is damaged.")
    paths = (path for path in sorted(run.folder.rglob("*")) if path.is_file())
    kept = [path for path in paths if not path.name.startswith(".") and path.name not in _TEMPORARY]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in kept:
            archive.write(path, f"{run.id}/{path.relative_to(run.folder).as_posix()}")
    replace_file(file, content.getvalue())
