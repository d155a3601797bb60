"""A feed of a province, held by this process while it works on a batch: connections, claim, and how a batch fails."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

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
    def batch(self, spec: Feed, first: date, last: date, replayed: int | None = None) -> Iterator[Batch]:
        """A running batch. When the work on it fails, it is closed as failed with the reason, and nothing of it is in
        the facts."""
        days = (first, last)
        batch = ledger.open_batch(
            self.main, self.province_id, self.source, self.feed, days, self.token, spec.sha256, replayed
        )
        try:
            yield batch
        except Reject:
            raise
        except HubError as error:
            self._fail(batch, spec, error)
            raise
        except psycopg.errors.UndefinedTable as error:
            lost = msg(
                "Batch {batch_id} was overtaken by a later run, which has dropped its staging", batch_id=batch.batch_id
            )
            self._fail(batch, spec, lost)
            raise Retry(lost) from error
        except psycopg.OperationalError as error:
            raise Retry(
                msg(
                    "The database broke off ({kind}); batch {batch_id} was not published",
                    kind=type(error).__name__,
                    batch_id=batch.batch_id,
                ),
            ) from error
        except Exception as error:
            kind = type(error).__name__
            self._fail(batch, spec, msg("unexpected {kind}", kind=kind))
            raise

    def _fail(self, batch: Batch, spec: Feed, reason: Wording) -> None:
        """Closes a batch whose work failed; where even that fails the next claim does it."""
        with suppress(psycopg.Error):
            self.main.rollback()
            ledger.close(self.main, batch, "failed", BatchAccount(), reason)
            Staging(batch, spec).drop(self.main)
            self.main.commit()


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
