"""The ledger of a province at a moment, and what is found from it: causes of incidents, and what units have not
delivered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from alerts import outages
from alerts.outages import Attempt, Outage
from connectors.specification import Source
from hub.periods import VIETNAM, Period
from hub.translation import Wording
from kpis.definition import Definition
from warehouse.serving import Connection, Province


class Missed(NamedTuple):
    """What a unit has not delivered: days, and until when they were due."""

    unit: str
    name: Wording
    source: str
    feed: str
    deliverer: str
    """Empty where one unit owns the whole feed."""
    days: Period
    due_at: datetime
    """As the schedule says it."""
    deadline: datetime
    """With the hub's and the gateway's outages left out."""


@dataclass(frozen=True)
class Cause:
    """Why there is an incident. `key` names it within its kind for as long as it lasts."""

    key: str
    what: Wording
    source: str | None = None
    feed: str | None = None
    kpis: Sequence[str] = ()
    """KPIs that it touches, besides those that count the feed's records."""
    detail: Wording | None = None
    since: datetime | None = None
    """When it began, where the ledger tells."""
    missed: Missed | None = None
    """Of a late delivery."""


@dataclass(frozen=True)
class Situation:
    """All that causes are found from: a province's ledger as it is at a moment. The connection acts as the loader."""

    connection: Connection
    province: Province
    sources: Mapping[str, Source]
    definitions: Mapping[str, Definition]
    now: datetime
    bands: Mapping[str, tuple[Decimal | None, Decimal | None]] = field(default_factory=dict)
    """KPI → lowest and highest value that is no cause for concern."""

    @cached_property
    def has_news(self) -> bool:
        """Whether since the look that `keep_seen` noted something was loaded or published, or another day has begun."""
        row = self.connection.execute(
            "select data_version, data_day from ledger.watch where province_id = %s order by watch_id desc limit 1",
            [self.province.province_id],
        ).fetchone()
        return row != self._seen

    def keep_seen(self) -> None:
        """Notes, within the caller's transaction, that everything was looked for in the data as they are now."""
        self.connection.execute(
            "update ledger.watch set data_version = %s, data_day = %s where watch_id ="
            " (select max(watch_id) from ledger.watch where province_id = %s)",
            [*self._seen, self.province.province_id],
        )

    @cached_property
    def _seen(self) -> tuple[int, date]:
        row = self.connection.execute("select version from serving.data_versions").fetchone()
        return row[0] if row else 0, self.now.astimezone(VIETNAM).date()

    @cached_property
    def attempts(self) -> list[Attempt]:
        return outages.attempts(self.connection, self.province, self.now)

    @cached_property
    def outages(self) -> list[Outage]:
        """The gateway's and the hub's own."""
        watched = outages.watched(self.connection, self.province)
        return outages.gateway_outages(self.attempts, len(self.sources)) + outages.hub_outages(watched)

    def kpis_of(self, cause: Cause) -> list[str]:
        """KPIs whose figures a cause touches; of a source without a feed, all that count any of its records."""
        named = f"{cause.source}.{cause.feed}" if cause.feed else f"{cause.source}."
        fed = (kpi.id for kpi in self.definitions.values() if any(f"{one}".startswith(named) for one in kpi.sources))
        return sorted({*cause.kpis, *(fed if cause.source else ())})

    def title(self, source: str, feed: str) -> str:
        """A feed as people know it: its source's title, and its own."""
        spec = self.sources.get(source)
        own = spec.feeds.get(feed) if spec else None
        return f"{spec.title} – {own.title} ({source}.{feed})" if spec and own else f"{source}.{feed}"
