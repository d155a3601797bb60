"""Settings of any part of the hub: variables, or `ioc.toml` in the installation's folder. Variables win."""

import os
from pathlib import Path
from typing import Any, ClassVar

from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from hub.errors import Abort
from hub.toml_files import read_toml
from hub.translation import msg

FILE = "ioc.toml"
_PATHS = ("state", "archive", "sources", "kpis", "smtp_ca", "gateway_ca", "audit_key", "audit_authority_ca")
"""Settings that are paths; relative ones in the file start from its folder."""


class _FileSource(InitSettingsSource):
    """`ioc.toml`, or one table of it, in the installation's folder: the one that is given, that IOC_INSTALLATION names,
    or the working directory. Relative paths in it start from that folder. Raises Abort when it cannot be read."""

    def __init__(self, settings_cls: type[BaseSettings], given: PydanticBaseSettingsSource, table: str | None) -> None:
        folder = Path(given().get("installation") or os.environ.get("IOC_INSTALLATION") or ".")
        file = folder / FILE
        found: dict[str, Any] = read_toml(file) if file.is_file() else {}
        if table:
            found = found.get(table, {})
            if not isinstance(found, dict):
                raise Abort(msg("{file}: {table} must be a table: [{table}]", file=file, table=table))
        found |= _from_folder(found, folder)
        if isinstance(listed := found.get("provinces"), list):
            found["provinces"] = [one | _from_folder(one, folder) if isinstance(one, dict) else one for one in listed]
        super().__init__(settings_cls, found)


def _from_folder(said: dict[str, Any], folder: Path) -> dict[str, Path]:
    return {name: folder / said[name] for name in _PATHS if isinstance(said.get(name), str)}


class FileSettings(BaseSettings):
    """Settings that variables give, or `ioc.toml`: its top level, or its table `TABLE`. Variables win."""

    TABLE: ClassVar[str | None] = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _FileSource(settings_cls, init_settings, cls.TABLE)
