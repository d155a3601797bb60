"""The Government's side as its interface describes it, and an outbox that tells it of made-up observations."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr

from government.outbox import enqueue
from hub.installation import Installation
from hub.periods import Period
from hub.settings import Settings
from tests.connectors.stub import Asked, Reply, says, stub
from tests.installation import CATALOGUE
from warehouse.database import connect

JUNE = Period(date(2023, 1, 1), date(2023, 6, 30))


@dataclass
class Receiver:
    """What came, and what is answered: `first` in the order of the calls, then by the rules of the interface."""

    url: str = ""
    calls: list[Asked] = field(default_factory=list)
    first: list[Reply] = field(default_factory=list)
    kept: dict[str, tuple[Any, str]] = field(default_factory=dict)
    """Idempotency key → body and receipt."""
    versions: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Indicator and period → last accepted version."""

    @property
    def told(self) -> list[dict[str, Any]]:
        """The indicators that were accepted, in order."""
        return [body["chi_tieu"][0] for body, _ in self.kept.values()]

    def answer(self, asked: Asked) -> Reply:
        self.calls.append(asked)
        if self.first:
            return self.first.pop(0)
        return self.take(asked)

    def take(self, asked: Asked) -> Reply:
        """By the rules: same key and body, same receipt; versions without a gap."""
        key, body = asked.headers["Idempotency-Key"], json.loads(asked.body)
        if key in self.kept:
            kept, receipt = self.kept[key]
            return says({"ma_nhan": receipt}, 202) if kept == body else says({"loi": "khoá đã dùng"}, 409)
        for told in body["chi_tieu"]:
            of = (body["tinh"], told["ma"], told["tu"], told["den"])
            if told["phien_ban"] != self.versions.get(of, 0) + 1:
                return says({"loi": [{"ma": told["ma"], "ly_do": "phien_ban không liền"}]}, 422)
            self.versions[of] = told["phien_ban"]
        self.kept[key] = (body, f"BN-{len(self.kept) + 1}")
        return says({"ma_nhan": self.kept[key][1]}, 202)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A running receiver."""
    receiver = Receiver()
    with stub(receiver.answer) as there:
        receiver.url = there.url
        yield receiver


class Outbox:
    """A hub whose observations a test makes up."""

    def __init__(self, url: str, state: Path, receiver_url: str, **settings: Any) -> None:
        self.url = url
        given: dict[str, Any] = {
            "warehouse_url": url,
            "state": state,
            "gateway_url": receiver_url,
            "client_id": "hub",
            "client_secret": SecretStr("secret"),
            "hmac_key": SecretStr("a test's own key"),
            "gateway_timeout": 2.0,
        }
        self.settings = Settings(**(given | settings))
        self.installation = Installation(self.settings)

    def observe(
        self,
        value: float | None,
        kpi: str = "gate_vehicles",
        period: Period = JUNE,
        status: str = "provisional",
        *,
        queued: bool = True,
        data_as_of: date | None = None,
    ) -> None:
        """A revision that says `value`, in the outbox with it unless not `queued`."""
        with connect(self.url, "loader") as connection:
            self.observe_in(connection, value, kpi, period, status, queued=queued, data_as_of=data_as_of)

    def observe_in(
        self,
        connection: psycopg.Connection[Any],
        value: float | None,
        kpi: str = "gate_vehicles",
        period: Period = JUNE,
        status: str = "provisional",
        *,
        queued: bool = True,
        data_as_of: date | None = None,
    ) -> None:
        """The same within the connection's transaction."""
        definition = CATALOGUE.find(kpi)
        status = "missing" if value is None else status
        connection.execute(
            "insert into kpi.definition (kpi_id, version, sha256, body) values (%s, %s, 'test', %s::jsonb)"
            " on conflict do nothing",
            (kpi, definition.version, json.dumps(definition.body)),
        )
        row = connection.execute(
            "insert into kpi.observation (province_id, kpi_id, first_day, last_day, area_id, value, status,"
            " data_as_of, revision, definition_version) select p.province_id, %(kpi)s, %(first)s, %(last)s, a.area_id,"
            " %(value)s, %(status)s, %(data_as_of)s,"
            " 1 + (select count(*) from kpi.observation as o where o.kpi_id = %(kpi)s"
            " and o.province_id = p.province_id and o.first_day = %(first)s and o.last_day = %(last)s), %(version)s"
            " from warehouse.dim_province as p join warehouse.dim_area as a on a.code = p.area_code"
            " and a.level = 'province' where p.code = %(province)s order by a.valid_from limit 1"
            " returning observation_id, province_id",
            {
                "kpi": kpi,
                "first": period.first,
                "last": period.last,
                "value": value,
                "status": status,
                "data_as_of": data_as_of or period.last,
                "version": definition.version,
                "province": self.settings.province,
            },
        ).fetchone()
        assert row is not None
        if queued:
            enqueue(connection, row[0], row[1], kpi, period)

    def messages(self, *columns: str) -> list[tuple[Any, ...]]:
        with connect(self.url, "owner") as connection:
            query = f"select {', '.join(columns)} from kpi.government_message order by observation_id"
            return connection.execute(query.encode()).fetchall()
