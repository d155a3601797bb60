"""A province's ledger as a test says it, and the situation that the watch finds there."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

import psycopg

from alerts.situation import Situation
from connectors.specification import Source
from hub.periods import VIETNAM
from tests.installation import CATALOGUE
from tests.kpis.facts import Facts
from warehouse.serving import find_province

NOON = datetime(2023, 6, 15, 12, tzinfo=VIETNAM)
FEEDBACK, GATE, PRESS, REVENUE = "feedback.cases", "gate.vehicles", "press.articles", "telecom.revenue"


class Ledger:
    """Writes batches as loads would have left them. The connection is the test's to commit or to roll back."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection, self._facts = connection, Facts(connection)

    def batch(
        self,
        feed: str,
        first: date,
        last: date | None = None,
        status: str = "published",
        at: datetime | None = None,
        reason: tuple[str, str] | None = None,
        replayed: int | None = None,
        is_own_fault: bool | None = None,
    ) -> int:
        """A batch that was begun `at`, by default two hours after its last day, and what became of it."""
        last = last or first
        number = self._facts.publish(feed, (first, last), status=status)
        began = at or datetime.combine(last + timedelta(days=1), datetime.min.time(), VIETNAM) + timedelta(hours=2)
        self.connection.execute(
            "update ledger.batch set started_at = %s, finished_at = %s, reason_vi = %s, reason_en = %s,"
            " replayed_batch_id = %s, kind = %s, complete_to = %s, is_own_fault = %s where batch_id = %s",
            [
                began,
                began + timedelta(minutes=1),
                *(reason or (None, None)),
                replayed,
                "replay" if replayed else "fetch",
                last if status == "published" else None,
                is_own_fault,
                number,
            ],
        )
        return number

    def deliver(self, batch: int, column: str, **records: int) -> None:
        """Whose records a batch brought: deliverer → how many."""
        self._facts.deliver(batch, column, **records)

    def watched(self, began: datetime, seen: datetime) -> None:
        """Somebody watched the ledger."""
        self.connection.execute(
            "insert into ledger.watch (province_id, began_at, seen_at) values (%s, %s, %s)",
            [self._facts.province_id, began, seen],
        )

    def situation(
        self,
        now: datetime = NOON,
        sources: Mapping[str, Source] | None = None,
        bands: Mapping[str, tuple[Decimal | None, Decimal | None]] | None = None,
    ) -> Situation:
        known = CATALOGUE.sources if sources is None else sources
        province = find_province(self.connection, "H37")
        return Situation(self.connection, province, known, CATALOGUE.definitions, now, bands or {})


def only(*names: str) -> dict[str, Source]:
    """Some of the hub's sources."""
    return {name: CATALOGUE.sources[name] for name in names}


def day(number: int) -> date:
    """A day of June 2023."""
    return date(2023, 6, number)
