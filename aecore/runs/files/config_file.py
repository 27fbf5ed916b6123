"""The settings file of a run, `config.json`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from aecore.config.run_config import RunConfig
from aecore.runs.files.migrations import migrate_config, versioned
from aecore.utils.file_cache import FileCache
from aecore.utils.strict_json import read_json, to_json

MAX_CACHED_FILES = 4096


def config_file(config: RunConfig) -> bytes:
    """Return the content of `config.json`."""
    return to_json(versioned_config(config), indent=2).encode()


def versioned_config(config: RunConfig) -> dict[str, Any]:
    """Return the settings as JSON, with the format version; `migrate_config` reads it."""
    return versioned(config.model_dump(mode="json"))


@lru_cache(MAX_CACHED_FILES)
def _parse_config(content: bytes) -> RunConfig:
    """Parse a `config.json`. Equal settings are validated once: validation builds the model on the meta device."""
    return RunConfig.model_validate(migrate_config(read_json(content)))


configs = FileCache(_parse_config, MAX_CACHED_FILES)
