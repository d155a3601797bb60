"""Bring a database to the code's schema: roles, tables, reference data, policies, serving views, grants.

All but the roles, which are the whole server's, happens in one transaction, one at a time: readers and a second
migration see the old state or the new one. Doing it again changes nothing.

Tables and views that change are locked in one step that gives up after less than a second, before PostgreSQL looks for
deadlocks, and is tried again: sessions that read go on in between. None of them is ended for the migration but those of
BI logins that it still waits for after a while.
"""

import hashlib
import importlib.metadata
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from connectors.catalogue import sources_of
from hub.errors import Abort, Retry
from hub.installation import Installation
from hub.translation import msg
from warehouse import (
    bi_sessions,
    bi_views,
    decisions,
    outline_files,
    policies,
    public_rights,
    quarantine_expiry,
    reference,
    roles,
    seals,
    serving_views,
    statistics,
    trail,
)
from warehouse.bi_sessions import Blockers
from warehouse.database import connect, engine
from warehouse.schema.base import SCHEMAS
from warehouse.schema.facts import FACTS

VERSION_TABLE = "warehouse.schema_version"
_SERVING = serving_views.VIEWS
_PATIENCE = 60.0
"""Seconds for which the locks are tried."""
_GRACE = 10.0
"""Seconds for which BI logins in its way are waited for; then their sessions are ended."""
_STEP = 700
"""Milliseconds for which one attempt waits for them, and all who come after it with it; below deadlock_timeout."""
_PAUSE = 0.5
"""Seconds between two attempts."""
_ALONE = "ioc_migration"
"""A schema that is only there inside of a migration's transaction. A second migration waits for its name, on a new
database, too; who may not make schemas, as no reader may, cannot take it."""
_SCHEMAS = [*SCHEMAS, "serving"]
_HELD = (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled, psycopg.errors.DeadlockDetected)
_VERSIONS = Path(__file__).with_name("migrations") / "versions"


def migrate(url: str, installation: Installation, kpis: Mapping[str, str | None]) -> list[str]:
    """Upgrade the database at `url` to this code's schema, and load the installation's reference data; `kpis` are the
    fields of its KPIs, by id. Gives the BI logins whose sessions were ended because they did not let it through.

    Raises Abort when its schema is unknown to the code, when the user lacks a right, or when reference data is faulty;
    Retry when other sessions hold its tables all the time.
    """
    with connect(url, "owner") as connection:
        roles.ensure(connection)
    pool = engine(url, "owner")
    begun, blockers = time.monotonic(), Blockers()
    try:
        while not _migrated(pool, installation, kpis, url, blockers, begun + _GRACE - time.monotonic()):
            if time.monotonic() > begun + _PATIENCE:
                raise _held(blockers)
            time.sleep(_PAUSE)
        return sorted(set(blockers.ended.values()))
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, psycopg.errors.InsufficientPrivilege):
            raise Abort(
                msg(
                    "the database's user lacks a right ({message_primary}): migrate as the database's owner, or have"
                    " an administrator run `grant create on database … to …`",
                    message_primary=cause.diag.message_primary,
                ),
            ) from error
        raise
    finally:
        pool.dispose()


def _migrated(
    pool: Engine,
    installation: Installation,
    kpis: Mapping[str, str | None],
    url: str,
    blockers: Blockers,
    grace: float,
) -> bool:
    """One attempt; False when other sessions hold what it needs, and nothing is changed."""
    try:
        with pool.begin() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)  # noqa: S101 - what engine() makes
            driver.execute(f"set local lock_timeout = {_STEP}".encode())
            driver.execute("set local statement_timeout = 0")
            with bi_sessions.clearing(url, driver.info.backend_pid, blockers, grace):
                driver.execute(f"create schema {_ALONE}".encode())
                revision = _revision(driver)
                _refuse_unknown(revision)
                if revision != known()[-1]:
                    _lock(driver)
                    _upgrade(connection)
                reference.load(driver, installation, kpis)
                policies.secure(driver, sources_of(installation))
                _make_views(driver)
                statistics.make_function(driver)
                bi_sessions.make_function(driver)
                public_rights.close(driver)
                decisions.make_function(driver)
                quarantine_expiry.make_function(driver, installation.settings)
                roles.grant(driver, [f"{table.schema}.{table.name}" for table in FACTS.values()])
                seals.seal_all(driver)
                _tell(driver, installation, revision)
                driver.execute(f"drop schema {_ALONE}".encode())
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, _HELD) or "concurrently updated" in str(cause):  # an internal error: somebody grants
            return False
        raise
    return True


def _tell(connection: psycopg.Connection, installation: Installation, before: str | None) -> None:
    """The entries of the trail: another schema, other reference data. The first one says which seals were there before
    the trail began; their acts have no entry."""
    if before != known()[-1]:
        row = connection.execute("select max(seal_id) from ledger.seal").fetchone()
        after: dict[str, trail.Json] = {"schema": known()[-1], "seals": row[0] if row else None}
        trail.write(connection, "migration", "schema", before=before, after=after)
    hashes: dict[str, trail.Json] = {
        f"{name}/{file.name}": hashlib.sha256(file.read_bytes()).hexdigest()
        for name, folder in (("reference", installation.reference), ("kpis", installation.settings.kpis))
        if folder is not None and folder.is_dir()
        for file in sorted(folder.iterdir())
        if file.suffix == ".csv" or file.name in outline_files.NAMES
    }
    hub = importlib.metadata.version("ioc-data-hub")  # whose files come with it
    trail.write_changed(connection, "reference", "reference", {"hub": hub, **hashes})


def _lock(connection: psycopg.Connection) -> None:
    """Every table of the hub's, for an upgrade of the schema, and the views over them."""
    names = connection.execute(
        "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v') order by 1, 2",
        [_SCHEMAS],
    ).fetchall()
    if names:
        tables = sql.SQL(", ").join(sql.Identifier(*name) for name in names)
        _at_once(connection, sql.SQL("lock table {} in access exclusive mode").format(tables))


def _at_once(connection: psycopg.Connection, statement: sql.Composed) -> None:
    """Runs a statement that takes many locks, all within a moment or none."""
    connection.execute(f"set local statement_timeout = {_STEP}".encode())
    connection.execute(statement)
    connection.execute("set local statement_timeout = 0")


def _held(blockers: Blockers) -> Retry:
    sessions = ", ".join(f"{pid} ({name})" for pid, name in blockers.seen.items()) or "–"
    return Retry(
        msg(
            "The schema cannot be changed while other sessions use its tables all the time: {sessions}. Nothing is"
            " changed; try again when they have finished, or end them with pg_terminate_backend",
            sessions=sessions,
        )
    )


def check(url: str) -> None:
    """Raises Abort unless the database at `url` has the code's schema."""
    with closing(connect(url, "owner")) as connection:
        check_session(connection)


def check_session(connection: psycopg.Connection) -> None:
    """Raises Abort unless the database of a session has the code's schema."""
    found, needed = _revisions(connection)
    if found != needed:
        state = msg("schema {found}", found=found) if found else msg("no schema of the hub yet")
        raise Abort(
            msg("the database has {state}, the code needs {needed}: run `ioc db migrate`", state=state, needed=needed)
        )


def revisions(url: str) -> tuple[str | None, str]:
    """The revision of the database at `url` (None: not migrated yet), and the code's. An unknown one raises Abort."""
    with closing(connect(url, "owner")) as connection:
        return _revisions(connection)


def _revisions(connection: psycopg.Connection) -> tuple[str | None, str]:
    try:
        found = _revision(connection)
    except psycopg.errors.InsufficientPrivilege as error:
        raise Abort(
            msg(
                "the database's user may not read {version_table}: have its owner run `ioc db migrate`, and grant"
                " the user {loader} (workers) or {accounts} (screens)",
                version_table=VERSION_TABLE,
                loader=roles.LOADER,
                accounts=roles.ACCOUNTS,
            ),
        ) from error
    _refuse_unknown(found)
    return found, known()[-1]


def known() -> list[str]:
    """This code's revisions, oldest first, by the names of their files: every load looks at them, and Alembic, which
    knows them too, takes longer to import than many a load."""
    return sorted(file.name[1:5] for file in _VERSIONS.glob("v[0-9]*.py"))


def _revision(connection: psycopg.Connection) -> str | None:
    if connection.execute("select to_regclass(%s)", [VERSION_TABLE]).fetchone() == (None,):
        return None
    row = connection.execute(f"select version_num from {VERSION_TABLE}".encode()).fetchone()
    return row[0] if row else None


def _refuse_unknown(revision: str | None) -> None:
    if revision is None or revision in known():
        return
    if revision < known()[0]:
        raise Abort(
            msg(
                "the database has schema {revision}, of a version that was never released, and cannot be upgraded:"
                " make a new database and load it again",
                revision=revision,
            ),
        )
    raise Abort(
        msg(
            "the database has schema {revision}, which this version of the hub does not know (its own is {known}):"
            " install the version that migrated it, or a newer one",
            revision=revision,
            known=known()[-1],
        ),
    )


def _upgrade(connection: Connection, revision: str = "head") -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(Path(__file__).with_name("alembic.ini"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _make_views(connection: psycopg.Connection) -> None:
    """Drop the serving views and make them again from `views/*.sql`, in the order of the files' names, each view
    of a fact with its twin over refused records.

    All are read with the rights of who asks, so that the policies of the tables beneath hold for them.
    """
    for schema in (bi_views.SCHEMA, "serving"):
        _drop_views(connection, schema)
    for file in serving_views.view_files(_SERVING).values():
        try:
            connection.execute(file.read_bytes())
            twin = serving_views.read_view(file).twin()
            if twin:
                connection.execute(twin.encode())
        except psycopg.Error as error:
            said = str(error).strip().splitlines()[0]
            raise Abort(
                msg("warehouse/views/{file}: {said}", file=file.name, said=said),
            ) from error
    views = _views(connection, "serving")
    for view in views:
        connection.execute(
            sql.SQL("alter view {} set (security_invoker = true)").format(sql.Identifier("serving", view))
        )
    bi_views.make(connection, views)


def _drop_views(connection: psycopg.Connection, schema: str) -> None:
    if not (views := _views(connection, schema)):
        return
    names = sql.SQL(", ").join(sql.Identifier(schema, view) for view in views)
    try:
        _at_once(connection, sql.SQL("drop view {}").format(names))
        if schema == bi_views.SCHEMA:
            bi_views.drop(connection, views)
    except psycopg.errors.DependentObjectsStillExist as error:
        raise Abort(
            msg(
                "something outside the hub depends on a serving view; drop it first: {message_detail}",
                message_detail=error.diag.message_detail,
            ),
        ) from error


def _views(connection: psycopg.Connection, schema: str) -> list[str]:
    rows = connection.execute(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = %s and c.relkind = 'v'",
        [schema],
    )
    return [name for (name,) in rows]
