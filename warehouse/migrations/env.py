"""Alembic's entry: `warehouse.migrate` hands over its connection; the `alembic` command uses IOC_WAREHOUSE_URL."""

import os

from alembic import context
from sqlalchemy import Connection, text

from warehouse.database import engine
from warehouse.schema.base import SCHEMAS
from warehouse.schema.everything import metadata


def include(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out what the hub makes at run time: staging tables and serving views."""
    return kind != "schema" or (name in SCHEMAS and name not in ("staging", "serving"))


def run(connection: Connection) -> None:
    """Run the migrations on `connection`, in its transaction if it has one."""
    connection.execute(text("create schema if not exists warehouse"))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_schemas=True,
        include_name=include,
        version_table="schema_version",
        version_table_schema="warehouse",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with engine(os.environ["IOC_WAREHOUSE_URL"], "owner").begin() as own:
        run(own)
