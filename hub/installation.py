"""An installation: the folder with everything that belongs to one hub, read once and passed down.

    ioc.toml           settings
    reference/*.csv    organisations, border gates, population, plans, targets …; each may be missing
    sources/*.toml     own sources, kpis/*.toml own KPIs; the same name wins over the one that comes with the hub
    wall.toml          boards of the wall
    published/*.csv    reports to reconcile with
    reports/*.toml     own outlines of reports, instead of the hub's of the same name

Each floor reads its own part: `connectors.catalogue`, `warehouse.reference`, `kpis.catalogue`.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pydantic import ValidationError
from pydantic_settings import SettingsError

from hub.errors import Abort
from hub.settings import Settings
from hub.settings_file import FILE
from hub.translation import msg
from hub.validation import describe

_UNKNOWN = msg("there is no such setting; see docs/installation.md")


@dataclass(frozen=True, eq=False)
class Installation:
    """The settings of an installation, and where its parts lie."""

    settings: Settings

    @classmethod
    def open(cls, folder: Path | None = None) -> Self:
        """The installation in `folder`, by default in IOC_INSTALLATION or the working directory.

        Raises Abort that names each wrong setting, or the folder that there is not.
        """
        try:
            settings = Settings(installation=folder) if folder else Settings()
        except ValidationError as error:
            said = describe(error, lambda _: _UNKNOWN)
            raise Abort(msg("Settings: {said} (IOC_… variables or {file})", said=said, file=FILE)) from None
        except SettingsError as error:
            raise Abort(
                msg("Settings: {error}; lists in IOC_… variables are JSON", error=error),
            ) from None
        for name, there in (("INSTALLATION", settings.installation), ("KPIS", settings.kpis)):
            if there is not None and not there.is_dir():
                raise Abort(msg("IOC_{name}={there}: there is no such folder", name=name, there=there))
        return cls(settings)

    def for_province(self, code: str | None = None) -> Self:
        """The same with the settings of one province. Raises WrongProvince as `Settings.for_province`."""
        return replace(self, settings=self.settings.for_province(code))

    def with_gateway(self, code: str | None = None) -> Self:
        """The same as `for_province`, with all that a call to the province's gateway needs. Raises Abort that names
        what is missing and where to set it."""
        own = self.for_province(code)
        if missing := own.settings.missing():
            raise missing
        return own

    @property
    def reference(self) -> Path:
        """Folder of the reference data; any of its files may be missing, and the folder itself."""
        return self.settings.installation / "reference"

    @property
    def published(self) -> Path:
        """Folder of published reports."""
        return self.settings.installation / "published"

    @property
    def reports(self) -> Path:
        """Folder of own outlines of reports; it may be missing."""
        return self.settings.installation / "reports"

    def reference_files(self, name: str) -> list[Path]:
        """The files of that name, in the reference data and beside the own KPIs; rows of a later one win."""
        folders = (self.reference, self.settings.kpis)
        return [folder / name for folder in folders if folder is not None and (folder / name).is_file()]
