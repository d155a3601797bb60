"""Writing of definitions that this hub uses: each version once, sealed, beside the values that it gave."""

from psycopg import sql
from psycopg.types.json import Jsonb

from kpis.definition import Definition
from kpis.versions import check_version, versions
from warehouse.seals import DEFINITION, Seal
from warehouse.serving import Connection


def record(connection: Connection, definition: Definition) -> None:
    """Keep the definition. Raises Abort when another one was kept under its version: what was published must stay
    explained."""
    added = connection.execute(
        "insert into kpi.definition (kpi_id, version, sha256, body, valid_from) values (%s, %s, %s, %s, %s)"
        " on conflict do nothing",
        (definition.id, definition.version, definition.sha256, Jsonb(definition.body), definition.valid_from),
    ).rowcount
    if added:
        seal = Seal(connection, f"definition/{definition.id}", "definition")
        own = sql.SQL("t.kpi_id = %(kpi)s and t.version = %(version)s")
        seal.add(DEFINITION, own, {"kpi": definition.id, "version": definition.version})
        seal.close(
            "definition",
            f"kpi/{definition.id}/definition",
            after={
                "version": definition.version,
                "sha256": definition.sha256,
                "valid_from": definition.valid_from.isoformat(),
            },
        )
    check_version(versions(connection, definition.id), definition)
