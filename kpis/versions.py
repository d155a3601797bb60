"""Every version of a definition that this hub has used, kept beside the values that it gave, and which one governs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from hub.errors import Abort
from hub.translation import msg
from hub.validation import describe
from kpis.definition import Definition
from kpis.memo import Once
from warehouse.serving import Connection


@dataclass(frozen=True)
class Versions:
    """The kept versions of one KPI that this release can compute."""

    kept: dict[int, Definition]

    def with_file(self, definition: Definition) -> "Versions":
        """These and the file's. Raises Abort when another one is kept under its version."""
        both = Versions({definition.version: definition, **self.kept})
        check_version(both, definition)
        return both

    def in_force(self, day: date) -> Definition:
        """The one that governs a period ending on that day."""
        return self.kept[governing({version: one.valid_from for version, one in self.kept.items()}, day)]

    def of(self, version: int | None, day: date) -> Definition:
        """The one under which a period was last published; that in force where none was, or it cannot be computed."""
        return self.kept.get(version or 0) or self.in_force(day)


def governing(valid_from: Mapping[int, date], day: date) -> int:
    """Of versions and their first days the one that governs a range ending on `day`: the newest that was valid by
    then, and the oldest before all of them."""
    return max((version for version, since in valid_from.items() if since <= day), default=min(valid_from))


def definition_in_force(once: Once, newest: Definition, day: date) -> Definition:
    """The version that governs a range ending on `day`: the newest, which is the file's, or one that the hub keeps.

    Raises Abort for a kept version that can no longer be computed.
    """
    version = governing(once(_first_days).get(newest.id, {}) | {newest.version: newest.valid_from}, day)
    return newest if version == newest.version else once(kept_definition, newest.id, version)


def _first_days(connection: Connection) -> dict[str, dict[int, date]]:
    """KPI → version → its first day."""
    found: dict[str, dict[int, date]] = {}
    for kpi, version, since in connection.execute("select kpi, version, valid_from from serving.kpi_definitions"):
        found.setdefault(kpi, {})[version] = since
    return found


def kept_definition(connection: Connection, kpi: str, version: int) -> Definition:
    """A version as this hub keeps it. Raises Abort when it is not kept, or can no longer be computed."""
    row = connection.execute(
        "select body from serving.kpi_definitions where kpi = %s and version = %s", (kpi, version)
    ).fetchone()
    if row is None:
        raise Abort(
            msg("This hub keeps no version {version} of KPI {kpi}.", version=version, kpi=kpi),
        )
    try:
        return Definition.model_validate(row[0])
    except ValidationError as error:
        what = describe(error)
        raise Abort(
            msg(
                "Version {version} of KPI {kpi}, which this hub keeps, cannot be computed any more: {what}",
                version=version,
                kpi=kpi,
                what=what,
            ),
        ) from None


def check_version(known: Versions, definition: Definition) -> None:
    """Raises Abort when not this definition is kept under its version."""
    kept = known.kept.get(definition.version)
    if kept is None or kept.sha256 != definition.sha256:
        raise Abort(
            msg(
                "{kpi}.toml is not what this hub has used as version {version}: raise version to {next_version}.",
                kpi=definition.id,
                version=definition.version,
                next_version=definition.version + 1,
            ),
        )


def versions(connection: Connection, kpi: str) -> Versions:
    """The kept versions, rebuilt from what was stored; one that names what no longer exists is left out."""
    rows = connection.execute("select version, body from serving.kpi_definitions where kpi = %s", (kpi,)).fetchall()
    kept = {}
    for version, body in rows:
        try:
            kept[version] = Definition.model_validate(body)
        except ValidationError:
            continue
    return Versions(kept)
