"""Every version of a definition that this hub has used, kept beside the values that it gave."""

from dataclasses import dataclass
from datetime import date

from psycopg.types.json import Jsonb
from pydantic import ValidationError

from hub.errors import Abort
from kpis.definition import Definition
from kpis.governing import governing
from warehouse.serving import Connection


@dataclass(frozen=True)
class Versions:
    """The kept versions of one KPI that this release can compute."""

    kept: dict[int, Definition]

    def in_force(self, day: date) -> Definition:
        """The one that governs a period ending on that day."""
        return self.kept[governing({version: one.valid_from for version, one in self.kept.items()}, day)]

    def of(self, version: int | None, day: date) -> Definition:
        """The one under which a period was last said; that in force where none was, or it cannot be computed."""
        return self.kept.get(version or 0) or self.in_force(day)


def record(connection: Connection, definition: Definition) -> None:
    """Keep the definition. Raises Abort when another one was kept under its version: what was said must stay
    explained."""
    connection.execute(
        "insert into kpi.definition (kpi_id, version, sha256, body, valid_from) values (%s, %s, %s, %s, %s)"
        " on conflict do nothing",
        (definition.id, definition.version, definition.sha256, Jsonb(definition.body), definition.valid_from),
    )
    kept = versions(connection, definition.id).kept.get(definition.version)
    if kept is None or kept.sha256 != definition.sha256:
        raise Abort(
            f"{definition.id}.toml không giống nội dung mà hệ thống đã dùng làm phiên bản {definition.version}:"
            f" hãy tăng version lên {definition.version + 1}.",
            f"{definition.id}.toml is not what this hub has used as version {definition.version}:"
            f" raise version to {definition.version + 1}.",
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
