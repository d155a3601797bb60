"""Facts put straight into a warehouse: what a test says of a record, and ordinary values for the rest."""

import csv
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from kpis.definition import Definition
from warehouse.schema.facts import FACTS, is_by_day

HALF_YEAR = (date(2022, 12, 31), date(2023, 6, 30))
FACT_OF_VIEW = {
    "dossiers": "fact_dossier",
    "services": "fact_service",
    "documents": "fact_document",
    "work_files": "fact_work_file",
    "certificates": "fact_certificate",
    "ecommerce": "fact_ecommerce",
    "subscribers": "fact_subscriber",
    "stations": "fact_station",
    "operator_revenue": "fact_revenue",
    "village_coverage": "fact_coverage",
    "vehicles": "fact_vehicle",
    "feedback": "fact_feedback",
    "articles": "fact_article",
    "post_points": "fact_post_point",
    "accounts": "fact_account",
    "threats": "fact_threat",
    "connections": "fact_connection",
    "statistics": "fact_statistic",
    "cases": "fact_case",
    "assets": "fact_asset",
}
_UPDATED = "2023-06-30T12:00:00+07:00"
ORDINARY: dict[str, dict[str, Any]] = {
    "fact_dossier": {
        "dossier_code": None,
        "organisation": "000.00.11.H37",
        "service": "1.000001",
        "area": "20",
        "channel_code": "direct",
        "level": 4,
        "status_code": "returned",
        "updated_at": _UPDATED,
    },
    "fact_service": {"service": None, "level": 4, "on_national_portal": False},
    "fact_document": {
        "document_code": None,
        "organisation": "000.00.11.H37",
        "secret": False,
        "signed": True,
        "updated_at": _UPDATED,
    },
    "fact_work_file": {
        "work_code": None,
        "organisation": "000.00.11.H37",
        "tier": "province",
        "secret": False,
        "handled_online": True,
        "updated_at": _UPDATED,
    },
    "fact_certificate": {"serial": None, "organisation": "000.00.11.H37", "holder": "person", "updated_at": _UPDATED},
    "fact_ecommerce": {"listings": 0, "transactions": 0, "orders": 0, "revenue_vnd": 0},
    "fact_subscriber": {"operator_code": "vnpt", "area": "05971", "smartphone": False, "submission": 1},
    "fact_station": {"operator_code": "vnpt", "area": "05971", "site_code": None, "technology": "4G", "submission": 1},
    "fact_revenue": {"sector": "telecom", "operator_code": "vnpt", "service": "mobile", "submission": 1},
    "fact_coverage": {"village_code": None, "area": "05971", "submission": 1},
    "fact_vehicle": {
        "declaration_code": None,
        "seq": 2,
        "gate_code": "huu_nghi",
        "direction": "export",
        "declared_online": True,
        "declared_at": "2022-12-31T08:00:00+07:00",
        "status_code": "processed",
    },
    "fact_feedback": {
        "case_code": None,
        "field_code": "GIAO_THONG",
        "area": "20",
        "status_code": "resolved",
        "updated_at": _UPDATED,
    },
    "fact_article": {"article_code": None, "outlet": "Báo Lạng Sơn"},
    "fact_post_point": {"point_code": None, "area": "05971", "kind": "post_office", "served": True},
    "fact_account": {"area": "05971", "account": "citizen_app", "platform": "none", "accounts": 0},
    "fact_threat": {"severity": "low", "threats": 0, "handled": 0},
    "fact_connection": {
        "system_code": None,
        "system_name": "Hệ thống",
        "ministry": "Bộ Tư pháp",
        "required": True,
        "status": "live",
    },
    "fact_statistic": {"kind": "none", "class": "none", "area": "20", "organisation_id": 0},
    "fact_case": {"case_code": None, "area": "20", "status": "done", "updated_at": _UPDATED},
    "fact_asset": {"asset_code": None, "area": "20", "valid_from": "2022-12-31"},
}


class Facts:
    """Writes to one connection, which is the test's to commit or to roll back."""

    def __init__(self, connection: psycopg.Connection[Any], province: str = "H37") -> None:
        self.connection = connection
        row = connection.execute(
            "select province_id from warehouse.dim_province where code = %s", [province]
        ).fetchone()
        assert row is not None
        self.province_id: int = row[0]
        self._next = 0

    def publish(
        self,
        definition: Definition | str,
        days: tuple[date, date] = HALF_YEAR,
        changed_from: date | None = None,
        status: str = "published",
        *,
        is_changed: bool = True,
    ) -> int:
        """A batch of each feed of the KPI, or of the feed `source.feed`, by which facts have changed, of its first day
        on where no other is said; the newest one's id."""
        feeds = [tuple(definition.split("."))] if isinstance(definition, str) else definition.feeds
        batch, since = 0, changed_from or (days[0] if is_changed else None)
        for source, feed in feeds:
            row = self.connection.execute(
                "insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256, status,"
                " changed_from, finished_at, complete_to, settled_to)"
                " values (%s, %s, %s, %s, %s, 1, 'test', %s, %s, clock_timestamp(), %s, %s) returning batch_id",
                (self.province_id, source, feed, *days, status, since, days[1], days[1]),
            ).fetchone()
            assert row is not None
            batch = row[0]
        return batch

    def deliver(self, batch: int, column: str, **records: int) -> None:
        """Whose records that batch brought: deliverer → how many."""
        self.connection.execute("update ledger.batch set deliverer_column = %s where batch_id = %s", (column, batch))
        for deliverer, count in records.items():
            self.connection.execute("insert into ledger.delivery values (%s, %s, %s)", (batch, deliverer, count))

    def add(self, fact: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Fact rows; `organisation`, `service` and `area` are codes, keys that a record leaves out are made up."""
        for record in records:
            said = {name: value for name, value in record.items() if value not in (None, "")}
            values = {"province_id": self.province_id, "batch_id": 1, "page_number": 1, **ORDINARY[fact], **said}
            field = values.pop("field", None)
            for name in [name for name, value in values.items() if value is None]:
                values[name] = self._key()
            if "service" in values and fact in ("fact_dossier", "fact_service"):
                values["service_id"] = self._service(values.pop("service"), field)
            if "organisation" in values:
                values["organisation_id"] = self._one(
                    "select organisation_id from warehouse.dim_organisation where province_id = %s and code = %s",
                    values.pop("organisation"),
                )
            if "area" in values:
                values["area_id"] = self._area(values.pop("area"))
            if is_by_day(FACTS[fact]):
                values["valid_to"] = date.fromisoformat(str(values["day"])) + timedelta(days=1)
                self.connection.execute(
                    "insert into warehouse.list_day values (%s, %s, %s, %s) on conflict do nothing",
                    (self.province_id, fact, values["day"], values["batch_id"]),
                )
            self.connection.execute(
                sql.SQL("insert into warehouse.{} ({}) values ({})").format(
                    sql.Identifier(fact),
                    sql.SQL(", ").join(map(sql.Identifier, values)),
                    sql.SQL(", ").join(sql.Placeholder() * len(values)),
                ),
                list(values.values()),
            )

    def add_csv(self, definition: Definition, path: Path) -> None:
        """The records of a CSV, into the fact that the KPI's view reads. Where a fact is of any subject they are of the
        KPI's first source, a value is for one day, and of the KPI's indicator where it has one."""
        fact = FACT_OF_VIEW[definition.reads]
        with path.open(encoding="utf-8", newline="") as lines:
            records = list(csv.DictReader(lines))
        of_source = dict(zip(["source"], definition.row_sources, strict=False))
        for record in records:
            own = {name: value for name, value in record.items() if value}
            if fact == "fact_statistic":
                own = {"indicator": definition.indicators[0], "first_day": own["last_day"], **own}
            self.add(fact, [{**of_source, **own}])

    def _key(self) -> str:
        self._next += 1
        return f"made-up-{self._next}"

    def _one(self, query: str, code: str) -> int:
        row = self.connection.execute(query.encode(), (self.province_id, code)).fetchone()
        assert row is not None, code
        return int(row[0])

    def _service(self, code: str, field: str | None) -> int:
        self.connection.execute(
            "insert into warehouse.dim_service (province_id, code, field_code, field_name) values (%s, %s, %s, %s)"
            " on conflict (province_id, code) do nothing",
            (self.province_id, code, field, field),
        )
        return self._one("select service_id from warehouse.dim_service where province_id = %s and code = %s", code)

    def _area(self, code: str) -> int:
        row = self.connection.execute(
            "select area_id from warehouse.dim_area where code = %s order by valid_from limit 1", [code]
        ).fetchone()
        assert row is not None, code
        return int(row[0])
