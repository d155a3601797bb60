"""The web process's connections: a pool for each use, and the snapshot in which one answer is read."""

import threading
import time
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Literal

import psycopg
from fastapi import Request
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from accounts.caller import Caller, as_caller, log_read
from alerts.counters import Sample, counters
from hub.errors import Retry
from hub.installation import Installation
from hub.periods import VIETNAM
from hub.translation import msg
from kpis.catalogue import Catalogue
from kpis.memo import Once
from screens.quality import about_persons
from screens.request_errors import not_found, too_many_requests, unavailable, unfit
from screens.state_memo import StateMemo
from screens.texts import Language
from screens.turns import Shares, Turns
from screens.wall_file import BoardSpec
from warehouse.database import Role, connect, fault
from warehouse.serving import Connection, Province, provinces

_Use = Literal["answers", "accounts", "sign-ins", "version", "counters"]
_WAIT = 10.0
"""Seconds that a request waits for a free connection."""
_PER_CALLER = 3 / 8
"""Of the connections for answers, which one account with all its keys and walls may hold."""
_QUEUE = 50
"""Requests of an account that wait for the account's share; a wall's machines may ask all at once."""
_LONGEST = 60
"""Seconds that one statement may take: a question that takes longer must not hold a connection."""
_OLDER = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InsufficientPrivilege,
)
"""The schema is not this version's: `ioc db migrate` has not run yet, or is running."""
_UNFIT = (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction)
"""The server cannot be used as it is: a full disk, no changes allowed."""
SIGN_IN_CONNECTIONS = 2
"""For signing in alone, so that no other request waits behind it."""
FRESH = 0.2
"""Seconds for which the data version is not asked for again."""
TRUSTED = 1.0
"""Seconds after its last use for which a connection is taken to live, without asking it: that takes a round trip, as
long as looking up a caller."""
COUNTED_FOR = 30.0
"""Seconds for which what the ledger counts is not counted again."""


@dataclass(frozen=True)
class ScreenSettings:
    """Settings of the screens; `ioc serve` fills them."""

    url: str
    province: str | None = None
    """Province shown to whoever may see several and names none."""
    catalogue: Catalogue = field(default_factory=lambda: Catalogue({}, {}, {}))
    """KPIs, targets and sources of the installation."""
    installation: Installation | None = None
    """Whose reports are offered; none without it."""
    boards: Sequence[BoardSpec] = ()
    """Of the wall; without any it has one of its own choice."""
    secure_cookies: bool = False
    """Whether browsers may send cookies over HTTPS only."""
    landing: str | None = None
    """Address of the landed pages, for auditors to open them; not from here without it."""
    connections: int = 8
    """Of the database at the same time, for answers; a few more keep accounts, sign people in and read the data
    version."""
    now: datetime | None = None
    """Moment that is taken for now, to try simulated data; the clock's without it."""


@dataclass(frozen=True)
class Snapshot:
    """One moment of the database in which a caller reads: all that an answer says holds together."""

    connection: Connection
    caller: Caller
    language: Language
    province: Province
    now: datetime
    """By which it is judged what is late and what is provisional. How long ago something really happened, such as a
    load, is told by the clock: `view_models.page.Page.now`."""
    catalogue: Catalogue
    once: Once
    """What is asked alike of this state of the data, within these rights."""
    leaves: bool = False
    """Whether what is read leaves the hub, in a file or to a machine: figures about persons without small cells."""
    about_persons: set[str] = field(default_factory=set)
    """KPIs about persons of which figures were read: whoever shows them logs that."""
    cache: dict[str, Any] = field(default_factory=dict)
    """What several parts of one answer need, made once."""


class Database:
    """Connections of the screens. None sees more than its role: figures are read with the rights of the caller only."""

    def __init__(self, settings: ScreenSettings) -> None:
        self.settings = settings
        pools: dict[_Use, tuple[Role, int]] = {
            "answers": ("screens", settings.connections),
            "accounts": ("accounts", 4),
            "sign-ins": ("accounts", SIGN_IN_CONNECTIONS),
            "version": ("reader", 1),
            "counters": ("reader", 1),
        }
        self._pools = {use: _pool(settings.url, role, size) for use, (role, size) in pools.items()}
        share = max(1, int(settings.connections * _PER_CALLER))
        self._under_way = Shares(share + _QUEUE, too_many_requests)
        self._turns = Turns(settings.connections, share, unavailable, too_many_requests)
        self._shared = StateMemo()
        self._version = (0, 0.0)
        self._reading_version = threading.Lock()
        self._counters: tuple[list[Sample], float | None] = ([], None)
        self._reading_counters = threading.Lock()

    def close(self) -> None:
        """End all connections."""
        for pool in self._pools.values():
            pool.dispose()

    @asynccontextmanager
    async def turn(self, caller: Caller) -> AsyncIterator[None]:
        """The caller's turn at the connections for answers. Raises RequestError 429 when the account asks for
        more than its share, 503 when all together do. A wall's token, which a browser in public holds, or a key takes
        nothing of the share of the person whose account it is."""
        who = caller.account_id, caller.is_machine
        with self._under_way.one(who):
            async with self._turns.turn(who, _WAIT):
                yield

    @contextmanager
    def accounts(self) -> Iterator[Connection]:
        """A connection that knows accounts, sessions and keys, and no figure; what was done is committed at the end."""
        with self._connection("accounts") as connection:  # what goes wrong is rolled back by the pool
            yield connection
            connection.commit()

    @contextmanager
    def sign_ins(self) -> Iterator[Connection]:
        """As `accounts`, for signing in: these connections wait for locks."""
        with self._connection("sign-ins") as connection:
            yield connection
            connection.commit()

    @contextmanager
    def credentials(self) -> Iterator[Connection]:
        """As `accounts`, each statement by itself: every request looks up its caller, many log what they read, and a
        transaction around that one statement takes three times as many round trips."""
        with self._connection("accounts") as connection:
            connection.autocommit = True
            try:
                yield connection
            finally:
                if not connection.closed:
                    connection.autocommit = False

    @contextmanager
    def snapshot(
        self, caller: Caller, language: Language, province: str | None = None, *, leaves: bool = False
    ) -> Iterator[Snapshot]:
        """One read-only snapshot with the caller's rights; of the named province, else of the caller's own. What a
        machine reads `leaves` the hub in any case.

        Raises RequestError 404 for a province that the caller may not see.
        """
        with self._connection("answers") as connection, as_caller(connection, caller):
            once = self._shared.once(connection)
            own = self._province(once, caller, province)
            leaves = leaves or caller.is_machine
            yield Snapshot(connection, caller, language, own, self.now(), self.settings.catalogue, once, leaves)

    def log_figures(self, caller: Caller, request: Request, about_persons: Collection[str]) -> None:
        """Log that a request read figures of these KPIs about persons; nothing for none."""
        if not about_persons:
            return
        subject = {"kpis": sorted(about_persons), "path": request.url.path, "query": str(request.query_params)}
        with self.credentials() as keeper:  # one statement
            log_read(keeper, caller, "figures", subject)

    @property
    def is_simulated(self) -> bool:
        """Whether data are simulated and judged by another moment than the clock's."""
        return self.settings.now is not None

    def now(self) -> datetime:
        """The moment of `Snapshot.now`, in Vietnam's time."""
        return (self.settings.now or datetime.now(VIETNAM)).astimezone(VIETNAM)

    def version(self) -> int:
        """The data version: one number of the whole hub that rises with everything published, and says nothing else.

        Read before a snapshot it is never newer than what the snapshot shows.
        """
        with self._reading_version:
            known, at = self._version
            if time.monotonic() - at < FRESH:
                return known
            began = time.monotonic()
            with self._connection("version") as connection:
                row = connection.execute("select version from serving.data_versions").fetchone()
            self._version = (int(row[0]) if row else 0, began)
            return self._version[0]

    def counted(self) -> list[Sample]:
        """What the ledger counts, for Prometheus; read again after COUNTED_FOR seconds, however often it is asked."""
        with self._reading_counters:
            known, at = self._counters
            if at is None or time.monotonic() - at >= COUNTED_FOR:
                at = time.monotonic()
                with self._connection("counters") as connection:
                    catalogue = self.settings.catalogue
                    persons = about_persons(catalogue)
                    known = list(counters(connection, provinces(connection), catalogue.sources, self.now(), persons))
                self._counters = (known, at)
            return known

    def _province(self, once: Once, caller: Caller, code: str | None) -> Province:
        known = {one.code: one for one in once(provinces)}
        own = code or caller.province or self.settings.province
        if own not in known and code is None and known:
            own = min(known)
        if own is None or own not in known:
            raise not_found(msg("province"), own or "", list(known))
        return known[own]

    @contextmanager
    def _connection(self, use: _Use) -> Iterator[Connection]:
        """A pooled connection outside of any transaction. Raises RequestError 503 when there is none to be had."""
        try:
            borrowed = self._pools[use].raw_connection()
        except (DBAPIError, PoolTimeout, psycopg.Error) as error:
            raise unavailable() from error
        except Exception as error:  # what `connect` tells an administrator is logged, and not for the caller
            raise unavailable() from error
        try:
            connection = borrowed.driver_connection
            assert isinstance(connection, psycopg.Connection)  # noqa: S101 - what `creator` makes
            yield connection
        except _OLDER as error:
            raise unavailable(60) from error
        except psycopg.Error as error:
            found = fault(error)
            if not isinstance(error, _UNFIT) and not isinstance(found, Retry):
                raise
            borrowed.invalidate()
            raise unavailable() if isinstance(found, Retry) else unfit() from error
        finally:
            borrowed.close()


def _pool(url: str, role: Role, size: int) -> Engine:
    """A pool of connections, of which none is given out that was lost while nobody used it."""
    pool = create_engine(
        "postgresql+psycopg://",
        creator=partial(_open, url, role),
        pool_size=size,
        max_overflow=0,
        pool_timeout=_WAIT,
        pool_use_lifo=True,
    )

    def used(_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info["used"] = time.monotonic()

    def ask(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        if time.monotonic() - record.info.get("used", 0.0) < TRUSTED:
            return
        try:
            pool.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise DisconnectionError from error

    event.listen(pool, "connect", used)
    event.listen(pool, "checkin", used)
    event.listen(pool, "checkout", ask)
    return pool


def _open(url: str, role: Role) -> Connection:
    connection = connect(url, role)
    connection.execute(f"set statement_timeout = '{_LONGEST}s'".encode())
    connection.commit()
    return connection
