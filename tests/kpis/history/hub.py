"""A warehouse of one test's own, loaded batch by batch, refreshed, and asked what it said and when."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from hub.periods import VIETNAM
from kpis.definition import KPIS, Definition, load_definition
from kpis.figure import Figure
from kpis.refresh import Refreshed
from tests.installation import recompute, refresh
from tests.kpis.asking import observed
from tests.kpis.facts import Facts

Days = tuple[date, date]
JANUARY = (date(2023, 1, 1), date(2023, 1, 31))
FEBRUARY = (date(2023, 2, 1), date(2023, 2, 28))
TO_FEBRUARY = (date(2023, 1, 1), date(2023, 2, 28))
QUARTER = (date(2023, 1, 1), date(2023, 3, 31))
YEAR = (date(2023, 1, 1), date(2023, 12, 31))
TODAY = date(2999, 12, 31)


class Hub:
    """Province H37 with facts of the gates, the one-stop system and others."""

    def __init__(self, url: str, connection: psycopg.Connection) -> None:
        self.url = url
        self.connection = connection
        self.facts = Facts(connection)

    def vehicles(self, *days: str, **said: object) -> None:
        self.facts.add("fact_vehicle", [{"processed_at": f"{day}T08:00:00+07:00", **said} for day in days])

    def dossiers(self, records: Iterable[Mapping[str, Any]]) -> None:
        self.facts.add("fact_dossier", [{"received_at": "2023-01-10T08:00:00+07:00", **record} for record in records])

    def publish(
        self, days: Days, changed_from: date | None = None, feed: str = "gate.vehicles", *, is_changed: bool = True
    ) -> int:
        batch = self.facts.publish(feed, days, changed_from, is_changed=is_changed)
        self.connection.commit()
        return batch

    def refresh(self, kpi: str = "gate_vehicles", now: datetime | None = None) -> Refreshed:
        return refresh(self.url, "H37", [kpi], now)[0]

    def recompute(self, kpi: str = "gate_vehicles", first: date | None = None, last: date | None = None) -> Refreshed:
        return recompute(self.url, "H37", [kpi], first, last)[0]

    def known_at(self, day: date, period: Days, kpi: str = "gate_vehicles", **slice_: Any) -> Figure:
        figure = observed(self.connection, kpi, *period, day, "H37", **slice_)
        self.connection.rollback()
        return figure

    def said_on(self, day: date) -> None:
        """Moves what was recorded just now back to noon of that day."""
        self.connection.execute(
            "update kpi.observation set recorded_at = %s where recorded_at > now() - interval '1 hour'",
            [datetime(day.year, day.month, day.day, 12, tzinfo=VIETNAM)],
        )
        self.connection.commit()

    def revisions(
        self,
        period: Days,
        columns: str = "value::integer",
        kpi: str = "gate_vehicles",
        area: str = "20",
        slice_: str = "",
    ) -> list[Any]:
        """The revisions of a period, oldest first: each one's value, or a tuple where more columns are asked for."""
        rows = self.connection.execute(
            f"select {columns} from serving.kpi_observations where kpi = %s and first_day = %s and last_day = %s"
            " and area = %s and breakdown = %s order by revision",
            (kpi, *period, area, slice_),
        ).fetchall()
        self.connection.rollback()
        return rows if "," in columns else [row[0] for row in rows]


def changed_definition(folder: Path, version: int, *changes: tuple[str, str], kpi: str = "gate_vehicles") -> Definition:
    """The KPI's definition as a file of that version with other texts in it would give it."""
    text = (KPIS / f"{kpi}.toml").read_text("utf-8")
    for old, new in [("version = 1", f"version = {version}"), *changes]:
        assert old in text
        text = text.replace(old, new)
    path = folder / f"{kpi}.toml"
    path.write_text(text, "utf-8")
    return load_definition(path)
