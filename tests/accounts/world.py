"""One record of every kind for each place, organisation and field of two provinces, and accounts of every kind.

Each record is a row in every table beneath the serving views; its number is its page, so that what a view shows can be
compared with what the account may see, in both directions.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import CheckConstraint, Table

from accounts import directory, rights
from accounts.caller import Caller, as_caller
from connectors.source_files import load_sources
from warehouse.database import connect
from warehouse.schema.everything import metadata
from warehouse.schema.facts import FACTS, is_by_day

TOWN, FAR, SOUTH = "05971", "06001", "29242"
"""Communes of two districts of Lạng Sơn (H37), and one of Trà Vinh (H59), before 2025."""
OWN, OTHER, THEIRS = "000.00.11.H37", "000.00.12.H37", "000.00.11.H59"
FIRST = date(2023, 1, 1)


@dataclass(frozen=True)
class Record:
    """What a row bears, where its table has a column for it."""

    number: int
    province: str
    area: str
    organisation: str


RECORDS = [
    Record(1, "H37", TOWN, OWN),
    Record(2, "H37", TOWN, OTHER),
    Record(3, "H37", FAR, OWN),
    Record(4, "H37", FAR, OTHER),
    Record(5, "H37", "20", OWN),
    Record(6, "H59", SOUTH, THEIRS),
]


@dataclass(frozen=True)
class Kind:
    """An account, by what it is limited to; None is all."""

    login: str
    province: str | None = "H37"
    areas: tuple[str, ...] | None = None
    """The area that it is limited to, and those of RECORDS that lie in it."""
    organisations: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None
    sees: bool = True

    def sees_record(self, record: Record, table: Table) -> bool:
        return (
            self.sees
            and self.province in (None, record.province)
            and self._within(self.areas, record.area if "area_id" in table.columns else None)
            and self._within(self.organisations, record.organisation if "organisation_id" in table.columns else None)
        )

    @property
    def sees_whole(self) -> bool:
        return self.sees and self.areas is None and self.organisations is None

    def sees_field(self, field: str) -> bool:
        return self.sees and (self.fields is None or field in self.fields)

    @staticmethod
    def _within(limit: tuple[str, ...] | None, borne: str | None) -> bool:
        return limit is None or borne in limit


KINDS = [
    Kind("whole-hub", province=None),
    Kind("province"),
    Kind("other-province", province="H59"),
    Kind("district", areas=("178", TOWN)),
    Kind("commune", areas=(FAR,)),
    Kind("organisation", organisations=(OWN,)),
    Kind("two-organisations", organisations=(OWN, OTHER)),
    Kind("press", fields=("press",)),
    Kind("documents-of-one", organisations=(OTHER,), fields=("documents",)),
    Kind("services-of-a-district", areas=("178", TOWN), fields=("public_services", "security")),
    Kind("one-place-and-organisation", areas=(FAR,), organisations=(OTHER,)),
    Kind("no-organisation", organisations=()),
    Kind("no-field", fields=()),
    Kind("disabled", sees=False),
]
NOBODY = Kind("nobody", sees=False)


def field_of_source(source: str) -> str:
    return str(load_sources()[source].field)


def sources_of_fact(fact: str) -> list[str]:
    """The sources that feed a fact."""
    return [s.name for s in load_sources().values() if any(feed.fact == fact for feed in s.feeds.values())]


def fields_of_fact(fact: str) -> set[str]:
    """The fields of the sources that feed a fact: one, but for facts of any subject."""
    fields = {field_of_source(source) for source in sources_of_fact(fact)}
    assert len(fields) == 1 or "source" in FACTS[fact].columns, fact
    return fields


def fill(owner: psycopg.Connection[Any]) -> None:
    """Write RECORDS into every table, and KINDS as accounts."""
    owner.execute(
        "insert into warehouse.dim_organisation (province_id, code, name, tier, sort_key)"
        " select province_id, %s, 'Cơ quan của Trà Vinh', 'province', 'a' from warehouse.dim_province"
        " where code = 'H59' on conflict do nothing",
        [THEIRS],
    )
    owner.execute("delete from warehouse.feed_deliverers")
    for source in load_sources():
        owner.execute(
            "insert into warehouse.feed_deliverers values (%s, 'all', 'organisation_code', 'month', 'organisation')",
            [source],
        )
    for record in RECORDS:
        _write(owner, record)
    for kind in KINDS:
        limits = rights.find_limits(owner, kind.province, kind.areas[0] + "@2023-06-30" if kind.areas else None)
        limits = rights.Limits(limits.province_id, limits.area_id, kind.organisations, kind.fields)
        directory.create(owner, kind.login, kind.login, "department", limits)
        if not kind.sees:
            directory.disable(owner, directory.find(owner, kind.login))


def _write(owner: psycopg.Connection[Any], record: Record) -> None:
    ids = _one(
        owner,
        "select p.province_id, o.organisation_id, a.area_id from warehouse.dim_province as p"
        " join warehouse.dim_organisation as o using (province_id), warehouse.dim_area as a"
        " where p.code = %s and o.code = %s and a.code = %s and a.valid_from <= %s and coalesce(a.valid_to > %s, true)",
        record.province,
        record.organisation,
        record.area,
        FIRST,
        FIRST,
    )
    bears = dict(zip(("province_id", "organisation_id", "area_id"), ids, strict=True)) | {"page_number": record.number}
    bears["service_id"] = _insert(owner, "warehouse.dim_service", record, bears)["service_id"]
    for fact, fact_table in FACTS.items():
        for source in sources_of_fact(fact) if "source" in fact_table.columns else [""]:
            of_source: dict[str, Any] = {"batch_id": record.number, "source": source}
            if is_by_day(fact_table):
                day = FIRST + timedelta(days=record.number)
                _insert(owner, "warehouse.list_day", record, bears | of_source | {"fact": fact, "day": day})
                of_source |= {"day": day, "valid_to": day + timedelta(days=1)}
            _insert(owner, f"warehouse.{fact}", record, bears | of_source)
    for table in ("warehouse.area_population",):
        _insert(owner, table, record, bears | {"year": 2015 + record.number})
    for source, spec in load_sources().items():
        batch = {
            "source": source,
            "feed": "all",
            "fetched": 1,
            "loaded": 1,
            "status": "published",
            "finished_at": FIRST,
            "deliverer_column": "organisation_code",
        }
        of_batch = {"batch_id": _insert(owner, "ledger.batch", record, bears | batch)["batch_id"]}
        for table in ("landing.page", "quality.rule_result", "quality.column_profile", "quality.verdict"):
            _insert(owner, table, record, bears | of_batch)
        for row, feed in enumerate(spec.feeds.values()):
            offences = [{"rule": "types", "column": "code", "value": f"{record.province} {source}"}]
            refused = {"row_number": row, "record_key": f"{record.number} {row}", "fact": feed.fact, "fact_row": {}}
            refused["offences"] = offences
            _insert(owner, "quality.quarantine", record, bears | of_batch | refused)
        for (refused_id,) in owner.execute(
            "select quarantine_id from quality.quarantine where batch_id = %s", [of_batch["batch_id"]]
        ).fetchall():
            entry = _one(owner, "insert into ledger.entry (body) values ('{}') returning entry_id")[0]
            decision: dict[str, Any] = {
                "way": "waived",
                "reason": f"{record.number} {source}",
                "actor": f"account:{record.number}",
            }
            decided = {"quarantine_id": refused_id, "entry_id": entry, "assignee": None, **decision}
            _insert(owner, "quality.decision", record, decided)
        total = {"month": FIRST, "rule_id": f"{record.number} {source}"}
        _insert(owner, "quality.month_total", record, bears | batch | total)
        _insert(owner, "quality.reconciliation", record, bears | of_batch)
        _insert(owner, "ledger.delivery", record, of_batch | {"deliverer": record.organisation.lower()})
        unlisted = {"dimension": "gate", "code": f"new-{record.number}"}
        _insert(owner, "warehouse.unlisted_code", record, bears | batch | of_batch | unlisted)
    for kpi_id, field in owner.execute("select kpi_id, field_code from warehouse.kpi_field").fetchall():
        of_kpi = {"kpi_id": kpi_id, "status": "official", "revision": record.number, "value": 1}
        feeds = [f"{source}.all" for source in load_sources() if field_of_source(source) == field][:1]
        definition = {"kpi_id": kpi_id, "version": record.number, "body": {"sources": feeds, "name": {"vi": kpi_id}}}
        _insert(owner, "kpi.definition", record, definition)
        of_kpi["definition_version"] = record.number
        said = [
            _insert(owner, "kpi.observation", record, bears | of_kpi | {"breakdown": breakdown})["observation_id"]
            for breakdown in (f"organisation={record.organisation}", "", f"level=4;organisation={record.organisation}")
        ]
        message = {
            "kpi_id": kpi_id,
            "observation_id": said[0],
            "message_id": _one(owner, "select gen_random_uuid()")[0],
        }
        _insert(owner, "kpi.government_message", record, bears | message | {"status": "waiting"})
        text = {"text": f"{record.number} {kpi_id}", "salt": "", "author": "account:a"}
        _insert(owner, "kpi.note", record, bears | text | {"kpi_id": kpi_id, "first_day": FIRST})
        _insert(owner, "warehouse.kpi_plan", record, bears | {"kpi_id": kpi_id, "year": 2015 + record.number})


def _insert(owner: psycopg.Connection[Any], name: str, record: Record, given: dict[str, Any]) -> dict[str, Any]:
    """A row that bears what is given and has anything in the columns that must be filled."""
    table = metadata.tables[name]
    values = {c.name: given[c.name] for c in table.columns if c.name in given}
    for column in table.columns:
        needed = not column.nullable and not (column.server_default or column.identity or column.computed)
        if column.name not in values and needed:
            values[column.name] = _filler(table, column.name, column.type.python_type, record)
    row = owner.execute(
        sql.SQL("insert into {} ({}) values ({}) returning *").format(
            sql.Identifier(*name.split(".")),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        ),
        [Jsonb(value) if isinstance(value, dict | list) else value for value in values.values()],
    )
    assert row.description
    return dict(zip([c.name for c in row.description], row.fetchone() or (), strict=True))


def _filler(table: Table, column: str, kind: type, record: Record) -> Any:
    for check in table.constraints:
        if isinstance(check, CheckConstraint) and (one := re.search(rf"\b{column} in \('(\w+)'", str(check.sqltext))):
            return one.group(1)
    if column == "level":
        return 4
    day = FIRST + timedelta(days=record.number)
    if kind is date:
        return day
    if kind.__name__ == "datetime":
        return f"{day}T08:00:00+07:00"
    if kind is str:
        return f"{record.province}-{record.number}"
    return [] if kind in (dict, list) else kind(record.number)


def _one(owner: psycopg.Connection[Any], query: str, *values: Any) -> tuple[Any, ...]:
    row = owner.execute(query.encode(), values or None).fetchone()
    assert row is not None, (query, values)
    return tuple(row)


def caller(url: str, login: str, limits: rights.Limits) -> Caller:
    """A new account of a department with these rights."""
    with connect(url, "accounts") as keeper:
        account_id = directory.create(keeper, login, login, "department", limits)
        found = directory.find_caller(keeper, account_id)
    assert found is not None
    return found


@contextmanager
def screens(url: str, login: str) -> Iterator[psycopg.Connection[Any]]:
    """As the web process reads for an account; nobody is set for a login that there is not."""
    with connect(url, "accounts") as keeper:
        row = keeper.execute("select account_id from access.account where login = %s", [login]).fetchone()
    with connect(url, "screens") as connection:
        if row is None:
            yield connection
            return
        caller = Caller(row[0], login, login, "department", None, None, None, None, frozenset())
        with as_caller(connection, caller):
            yield connection
