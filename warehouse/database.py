"""Connections to the warehouse, each in one of the hub's roles."""

from typing import Literal

import psycopg
from psycopg import sql
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from hub.errors import Abort, Retry
from hub.settings import Settings
from hub.translation import Wording, msg
from warehouse.schema.base import TIMEZONE

Role = Literal["loader", "reader", "screens", "accounts", "owner"]
ROLES: dict[Role, str | None] = {
    "loader": "ioc_loader",
    "reader": "ioc_reader",
    "screens": "ioc_screens",
    "accounts": "ioc_accounts",
    "owner": None,
}
OLDEST, NEWEST = 15, 18
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""After a minute in which the network is silent a connection is given up, even in the middle of a COMMIT.
tcp_user_timeout is in milliseconds, all else in seconds. The URL's own parameters win."""

_BUSY = (
    *("starting up", "shutting down", "recovery mode", "accepting connections", "administrator command"),
    *("too many clients", "too many connections", "remaining connection"),
)
_FORM = msg("IOC_WAREHOUSE_URL must look like postgresql+psycopg://user:password@host:5432/database")


def connect(url: str, role: Role) -> psycopg.Connection:
    """A connection that acts as `role` (owner: as the URL's own user), Vietnam time, no autocommit.

    As "screens" it sees nothing until an account is named: read with `accounts.caller.as_caller`.

    Raises Abort when a person must act (password, rights, version), Retry when the server is busy starting, stopping or
    full, or cannot be reached, as while it is restarted. No message holds the password.
    """
    address = _parse(url)
    where = f"{address.host or 'localhost'}:{address.port or 5432}/{address.database}"
    try:
        connection = psycopg.connect(
            host=address.host,
            port=address.port,
            user=address.username,
            password=address.password,
            dbname=address.database,
            autocommit=True,
            **{**_PATIENCE, "application_name": f"ioc-{role}", **address.query},  # type: ignore[arg-type]
        )
    except psycopg.OperationalError as error:
        raise _explained(error, address, where) from None
    except psycopg.ProgrammingError as error:  # an option of the URL that libpq does not know
        raise Abort(msg("{form}; {error}", form=_FORM, error=_one_line(error))) from None
    try:
        _refuse_other_versions(connection, where)
        _act_as(connection, role, address, where)
        connection.autocommit = False
    except BaseException:
        connection.close()
        raise
    return connection


def engine(url: str, role: Role) -> Engine:
    """SQLAlchemy's engine over such connections."""
    _parse(url)
    return create_engine("postgresql+psycopg://", creator=lambda: connect(url, role))


def _parse(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise Abort(_FORM) from None
    if address.drivername not in ("postgresql+psycopg", "postgresql") or not address.database:
        raise Abort(_FORM)
    if "@" in f"{address.host}{address.database}":  # what follows the first @ of a password, which nobody may see
        raise Abort(msg("{form}; in user and password write @ : / as %40 %3A %2F", form=_FORM))
    return address


def without_password(url: str) -> str:
    """The address as it may be shown."""
    address = _parse(url)
    kept = {name: value for name, value in address.query.items() if "password" not in name}
    return address.set(query=kept)._replace(password=None).render_as_string()


def _act_as(connection: psycopg.Connection, role: Role, address: URL, where: str) -> None:
    # seals are hashes of rows as text, which must not depend on how a server is set
    form = "set time zone {}; set datestyle to iso, ymd; set extra_float_digits to 1"
    # compiling costs more than the hub's queries: of small loads half of the time
    form += "; set jit to off"
    connection.execute(sql.SQL(form).format(TIMEZONE))
    name = ROLES[role]
    if name is None:
        return
    if role in ("reader", "screens"):
        connection.execute("set default_transaction_read_only = on")
        connection.execute(
            "set plan_cache_mode = force_custom_plan"
        )  # days and rights differ: one plan does not fit all
    try:
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(name)))
    except psycopg.errors.InvalidParameterValue:
        raise Abort(
            msg("{where} has no role {name}: run `ioc db migrate`", where=where, name=name),
        ) from None
    except psycopg.errors.InsufficientPrivilege:
        raise Abort(
            msg(
                "user {username} at {where} may not act as {name}: have an administrator run `grant {name} to"
                ' "{username}"`',
                username=address.username,
                where=where,
                name=name,
            ),
        ) from None


def _refuse_other_versions(connection: psycopg.Connection, where: str) -> None:
    version = connection.info.server_version // 10000
    if not OLDEST <= version <= NEWEST:
        raise Abort(
            msg(
                "{where} is PostgreSQL {version}; the hub works with {oldest} to {newest}: set IOC_WAREHOUSE_URL to"
                " such a server, or unset it for the embedded one",
                where=where,
                version=version,
                oldest=OLDEST,
                newest=NEWEST,
            ),
        )


def _explained(error: psycopg.OperationalError, address: URL, where: str) -> Abort | Retry:
    said = _one_line(error)
    text = said.lower()
    if any(passing in text for passing in _BUSY):
        return Retry(msg("{where} takes no connections now: {said}", where=where, said=said))
    if "password" in text or "authentication" in text or "pg_hba" in text:
        return Abort(
            msg(
                "{where} refuses user {username}: check user and password in IOC_WAREHOUSE_URL ({said})",
                where=where,
                username=address.username,
                said=said,
            ),
        )
    if "database" in text and "does not exist" in text:
        return Abort(
            msg(
                "{where}: there is no such database; make it with `createdb {database}` ({said})",
                where=where,
                database=address.database,
                said=said,
            ),
        )
    if "FATAL" in str(error):  # the server answered
        return Abort(msg("{where} refuses the connection: {said}", where=where, said=said))
    return Retry(
        msg(
            "{where} cannot be reached: check that the server runs and IOC_WAREHOUSE_URL is right ({said})",
            where=where,
            said=said,
        ),
    )


_PASSING: dict[str, Wording] = {
    "AdminShutdown": msg("an administrator ended the session"),
    "CrashShutdown": msg("the server ended after a crash"),
    "CannotConnectNow": msg("the server is starting or stopping"),
    "IdleSessionTimeout": msg("the session was idle for longer than idle_session_timeout"),
    "IdleInTransactionSessionTimeout": msg(
        "a transaction was idle for longer than idle_in_transaction_session_timeout"
    ),
    "TransactionTimeout": msg("a transaction took longer than transaction_timeout"),
    "QueryCanceled": msg("a statement took longer than statement_timeout, or was cancelled"),
    "LockNotAvailable": msg("another session holds what is needed for longer than lock_timeout"),
    "DeadlockDetected": msg("two sessions waited for each other"),
    "SerializationFailure": msg("another session changed the same rows"),
    "TooManyConnections": msg("the server has no connection free (max_connections)"),
    "OutOfMemory": msg("the server has no memory left"),
}
_LASTING: dict[str, Wording] = {
    "ReadOnlySqlTransaction": msg(
        "it takes no changes: it is a standby or set to read only (default_transaction_read_only); name the primary in"
        " IOC_WAREHOUSE_URL"
    ),
    "DiskFull": msg("its disk is full; make room on it"),
    "ConfigurationLimitExceeded": msg("a limit in its configuration is reached, such as temp_file_limit; raise it"),
    "InsufficientPrivilege": msg("its user lacks a right; run `ioc db migrate` as its owner, who grants all rights"),
    "StringDataRightTruncation": msg("a value is too long for its column"),
    "NumericValueOutOfRange": msg("a number is outside the range of its column"),
    "DatetimeFieldOverflow": msg("a day or time is outside the range of its column"),
    "UntranslatableCharacter": msg("a text holds a character that it cannot keep"),
    "CharacterNotInRepertoire": msg("a text holds a character that it cannot keep"),
    "NotNullViolation": msg("a value is missing that its column needs"),
    "UniqueViolation": msg("a key is there already"),
    "ForeignKeyViolation": msg("a row refers to one that is not there"),
    "CheckViolation": msg("a value is not one of those that its column takes"),
    "DataError": msg("a value cannot be written as its column's type"),
    "ProgramLimitExceeded": msg("a value is too long for an index"),
}
_SCHEMA = ("UndefinedTable", "UndefinedColumn", "UndefinedFunction", "InvalidSchemaName", "UndefinedObject")


def fault(error: BaseException) -> Abort | Retry | None:
    """What an error of the database means, in one line without a value of any row: Retry when it may pass by itself,
    Abort when a person must act; None for any other error. The names are psycopg's, by
    https://www.postgresql.org/docs/current/errcodes-appendix.html."""
    if isinstance(error, DBAPIError):
        error = error.orig or error
    if not isinstance(error, psycopg.Error):
        return None
    kind = type(error).__name__
    if is_lost(error):
        return Retry(msg("The connection to the database is lost ({kind})", kind=kind))
    if kind in _PASSING:
        return Retry(msg("The database does not answer now: {why} ({kind})", why=_PASSING[kind], kind=kind))
    if kind in _SCHEMA:
        why: Wording = msg("its schema is not this version's; run `ioc db migrate`")
    elif kind in _LASTING:
        why = _LASTING[kind]
    elif error.sqlstate is None:
        return Abort(msg("The database cannot be used as it is ({kind}); see IOC_DEBUG=1", kind=kind))
    else:
        why = msg("error {sqlstate}; its log tells more", sqlstate=error.sqlstate)
    where = ".".join(filter(None, (error.diag.schema_name, error.diag.table_name, error.diag.column_name)))
    at = f"{kind}, {where}" if where else kind
    return Abort(msg("The database refuses the work: {why} ({at})", why=why, at=at))


def is_lost(error: psycopg.Error) -> bool:
    """Whether the connection itself broke, without a word of the server's."""
    silent = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
    return silent or (error.sqlstate or "").startswith("08")


def _one_line(error: psycopg.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = next((line for line in lines if "FATAL" in line), lines[0] if lines else type(error).__name__)
    return line.rsplit("FATAL:", 1)[-1].rsplit("failed: ", 1)[-1].strip().rstrip(".")


def warehouse_url(settings: Settings) -> str:
    """The configured database, or the embedded server's, which is started if need be."""
    from warehouse import embedded_server  # noqa: PLC0415 - few who connect start a server

    return settings.warehouse_url or embedded_server.start(settings.state)
