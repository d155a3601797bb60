"""A feed of a province, held by this process while it works on a batch: connections, claim, and how a batch fails."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import psycopg

from audit import anchors
from connectors.slices import Slice
from connectors.specification import Feed
from hub.errors import HubError, Reject, Retry
from hub.installation import Installation
from hub.settings import Settings
from hub.translation import Wording, msg
from warehouse import bi_sessions, ledger, migrate, seals, trail
from warehouse.database import connect, fault, warehouse_url
from warehouse.landing import Landing
from warehouse.ledger import Batch, BatchAccount
from warehouse.staging import Staging

Connection = psycopg.Connection[Any]
_COMMIT = 60.0
"""Seconds after which a COMMIT without an answer is given up, and the ledger asked what became of it."""
_ASKED = 4
"""How often the ledger is asked, and at most how long each time the ended session is waited for."""
_WAIT = 5.0


@dataclass(frozen=True)
class Claim:
    """`main` is the connection of the batch; `copier` belongs to the thread that copies a chunk into staging."""

    installation: Installation
    source: str
    feed: str
    province_id: int
    token: int
    main: Connection
    copier: Connection
    landing: Landing

    @property
    def settings(self) -> Settings:
        """Of the province whose feed it is."""
        return self.installation.settings

    @property
    def chain(self) -> str:
        """What the seals of the feed's loads continue."""
        return seals.of_feed(self.province_id, self.source, self.feed)

    @contextmanager
    def batches(self, spec: Feed, replayed: int | None = None) -> "Iterator[RunningBatches]":
        """Opens batches that end together. When the work on them fails, they are closed as failed with the reason, and
        nothing of them is in the facts."""
        running = RunningBatches(self, spec, replayed)
        try:
            yield running
        except Reject:
            raise
        except HubError as error:
            running.fail(error)
            raise
        except psycopg.errors.UndefinedTable as error:
            lost = msg("Batch {batch_id} was overtaken by a later run, which has dropped its staging", **running.first)
            running.fail(lost)
            raise Retry(lost) from error
        except psycopg.Error as error:
            found = fault(error)
            assert found is not None  # noqa: S101 - of every error of psycopg
            running.fail(found.message)
            said = msg("{fault}; batch {batch_id} was not published", fault=found.message, **running.first)
            raise type(found)(said) from error
        except Exception as error:
            kind = type(error).__name__
            running.fail(msg("unexpected {kind}", kind=kind))
            raise
        except BaseException:
            running.fail(ledger.INTERRUPTED)
            raise

    @contextmanager
    def on_other_connections(self) -> "Iterator[Claim]":
        """The same claim over connections of its own, for work on other batches at the same time."""
        with closing(self.anew()) as main, closing(self.anew()) as copier:
            yield replace(self, main=main, copier=copier)

    def commit(self, batch: Batch) -> None:
        """Commits the end of batches, of which `batch` is one. Where the connection breaks over it the ledger says
        whether it came about: when it did, all is well. Raises Retry when not, or when even the ledger cannot be
        asked."""
        session = self.main.info.backend_pid
        giving_up = threading.Timer(_COMMIT, _cut, [self.main])
        giving_up.daemon = True
        giving_up.start()
        try:
            self.main.commit()
        except psycopg.Error as error:
            if not self.main.closed:
                raise
            status = self._status_asked_anew(batch, session)
            if status not in ("running", None):
                return
            if status is None:
                raise Retry(
                    msg(
                        "The connection to the database was lost while batch {batch_id} was being published, and the"
                        " ledger cannot be asked: `ioc quality runs` tells whether it is published",
                        batch_id=batch.batch_id,
                    )
                ) from error
            raise
        finally:
            giving_up.cancel()

    def _status_asked_anew(self, batch: Batch, session: int) -> str | None:
        """What the ledger says of a batch over another connection, once the lost session has ended; None when it cannot
        be asked."""
        for attempt in range(_ASKED):
            time.sleep(attempt)
            with suppress(psycopg.Error, HubError):
                with closing(connect(warehouse_url(self.settings), "owner")) as connection:  # only who signed in may
                    connection.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where pid = %s"
                        " and usename = session_user and application_name = 'ioc-loader'",
                        [session],
                    )
                with closing(self.anew()) as connection:
                    connection.execute(f"set lock_timeout = '{_WAIT:.0f}s'".encode())
                    return _locked_status(connection, batch)
        return None

    def anew(self) -> Connection:
        """Another connection."""
        return connect(warehouse_url(self.settings), "loader")


class RunningBatches:
    """The batches of a group of slices, between their opening and their end."""

    def __init__(self, claim: Claim, spec: Feed, replayed: int | None) -> None:
        self._claim, self._spec, self._replayed = claim, spec, replayed
        self._opened: list[Batch] = []

    @property
    def first(self) -> dict[str, int]:
        """The number of the first batch, for a message."""
        return {"batch_id": self._opened[0].batch_id if self._opened else 0}

    def open(self, piece: Slice, run_id: int | None) -> Batch:
        """A running batch of a slice."""
        claim = self._claim
        batch = ledger.open_batch(
            claim.main,
            claim.province_id,
            claim.source,
            claim.feed,
            (piece.first, piece.last),
            claim.token,
            self._spec.sha256,
            self._replayed,
            run_id,
        )
        self._opened.append(batch)
        return batch

    def fail(self, reason: Wording) -> None:
        """Closes those that are running, as failed by the hub's own fault; where even that fails the next claim does
        it."""
        main = self._claim.main
        with suppress(psycopg.Error, HubError), ExitStack() as stack:
            connection = stack.enter_context(closing(self._claim.anew())) if main.closed else main
            connection.rollback()
            running = [batch for batch in self._opened if _locked_status(connection, batch) == "running"]
            for batch in running:
                ledger.close(connection, batch, "failed", BatchAccount(), reason, is_own_fault=True)
            claim = self._claim
            ids = [batch.batch_id for batch in running]
            ledger.seal_interrupted(connection, claim.province_id, claim.source, claim.feed, ids)
            for batch in self._opened[:1]:
                Staging(batch, self._spec).drop(connection)
            connection.commit()


def now() -> datetime:
    """The real moment, whatever the settings name for the judgement of figures: it tells what can have been read."""
    return datetime.now(UTC)


def _locked_status(connection: Connection, batch: Batch) -> str | None:
    """What the ledger says of a batch, when no other transaction is about to change it."""
    row = connection.execute(
        "select status from ledger.batch where batch_id = %s for update", [batch.batch_id]
    ).fetchone()
    return row[0] if row else None


def _cut(connection: Connection) -> None:
    """Ends a connection under whoever waits for its answer."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as own:
        own.shutdown(socket.SHUT_RDWR)


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM, by which Airflow and systems stop a process, interrupts the work as Ctrl-C does; signals reach the main
    thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def hold(installation: Installation, source: str, feed: str) -> Iterator[Claim]:
    """Claims a feed of the settings' province. Raises Retry when another run holds it, and for what the database cannot
    do an error of the hub's."""
    settings = installation.settings
    url = warehouse_url(settings)
    stack = ExitStack()
    try:
        main, copier, guard = (stack.enter_context(closing(connect(url, "loader"))) for _ in range(3))
        migrate.check_session(main)
        province_id = ledger.province_id(main, settings.province, settings.area)
        anchors.require(main, settings)
        trail.note_settings(main, settings)
        token = stack.enter_context(ledger.claim(main, guard, province_id, source, feed))
        bi_sessions.end_in_the_way(main)
        landing = Landing(settings.landing_address)
        landing.remove_parts()
        yield Claim(installation, source, feed, province_id, token, main, copier, landing)
    except Exception as error:
        if (found := fault(error)) is None:
            raise
        raise found from error
    finally:
        with suppress(psycopg.Error):  # what became of the batch is known by now, and must not be hidden
            stack.close()
