"""A feed of a province, held by this process while it works on a batch: connections, claim, and how a batch fails."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from connectors.slices import Slice
from connectors.specification import Feed
from hub.errors import HubError, Reject, Retry
from hub.installation import Installation
from hub.settings import Settings
from hub.translation import Wording, msg
from warehouse import ledger, migrate
from warehouse.database import connect, warehouse_url
from warehouse.landing import Landing
from warehouse.ledger import Batch, BatchAccount
from warehouse.staging import Staging

Connection = psycopg.Connection[Any]


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
        except psycopg.OperationalError as error:
            raise Retry(
                msg(
                    "The database broke off ({kind}); batch {batch_id} was not published",
                    kind=type(error).__name__,
                    **running.first,
                ),
            ) from error
        except Exception as error:
            kind = type(error).__name__
            running.fail(msg("unexpected {kind}", kind=kind))
            raise


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
        """Closes those whose work failed; where even that fails the next claim does it."""
        main = self._claim.main
        with suppress(psycopg.Error):
            main.rollback()
            for batch in self._opened:
                ledger.close(main, batch, "failed", BatchAccount(), reason)
            for batch in self._opened[:1]:
                Staging(batch, self._spec).drop(main)
            main.commit()


def now() -> datetime:
    """The real moment, whatever the settings name for the judgement of figures: it tells what can have been read."""
    return datetime.now(UTC)


@contextmanager
def hold(installation: Installation, source: str, feed: str) -> Iterator[Claim]:
    """Claims a feed of the settings' province. Raises Retry when another run holds it."""
    settings = installation.settings
    url = warehouse_url(settings)
    migrate.check(url)
    stack = ExitStack()
    try:
        main, copier = (stack.enter_context(closing(connect(url, "loader"))) for _ in range(2))
        province_id = ledger.province_id(main, settings.province, settings.area)
        token = stack.enter_context(ledger.claim(main, province_id, source, feed))
        yield Claim(installation, source, feed, province_id, token, main, copier, Landing(settings.landing_address))
    finally:
        with suppress(psycopg.Error):  # what became of the batch is known by now, and must not be hidden
            stack.close()
