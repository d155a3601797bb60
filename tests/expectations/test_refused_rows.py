"""Rules that need the database find their rows: codes that no dimension knows, and versions that contradict."""

from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import sql

from connectors.spec import Feed, load_sources
from expectations import profile
from expectations.rules import batch_rules
from tests.expectations import rows
from warehouse.database import connect
from warehouse.ledger import Batch
from warehouse.staging import Staging

FEEDS = {f"{s.name}.{name}": feed for s in load_sources().values() for name, feed in s.feeds.items()}
KNOWN = [(name, column) for name, feed in FEEDS.items() for column, said in feed.kept.items() if said.known]
HOME = {"province_id": 1, "area_code": "20"}


@pytest.fixture
def loader(warehouse_url: str) -> Any:
    with connect(warehouse_url, "loader") as connection:
        yield connection


def refused(connection: psycopg.Connection[Any], feed: Feed, planted: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Rows by the rule that refused them."""
    batch = Batch(1, 1, "archive", "papers", date(2023, 2, 26), date(2023, 2, 28), 1)
    staging = Staging(batch, feed)
    staging.create(connection)
    try:
        staging.copy(connection, rows.table(feed, planted))
        staging.reject(connection, [])
        staging.complete(connection)
        counts = profile.refuse_rows(connection, staging, batch_rules(feed, staging, 6), HOME)
        found = connection.execute(
            sql.SQL("select rule, _row from {} order by 1, 2").format(staging.rejected)
        ).fetchall()
    finally:
        connection.rollback()
        staging.drop(connection)
        connection.commit()
    by_rule: dict[str, list[int]] = {}
    for rule, row in found:
        by_rule.setdefault(rule, []).append(row)
    assert {rule: count for rule, count in counts.items() if count} == {r: len(found) for r, found in by_rule.items()}
    return by_rule


@pytest.mark.parametrize(("name", "column"), KNOWN, ids=[f"{name}/{column}" for name, column in KNOWN])
def test_a_code_that_nobody_knows_is_refused(loader: psycopg.Connection[Any], name: str, column: str) -> None:
    feed = FEEDS[name]
    planted = [rows.good(feed, "1"), rows.good(feed, "2") | {column: "99999"}, rows.good(feed, "3")]
    assert refused(loader, feed, planted) == {f"{column}:known": [2]}


@pytest.mark.parametrize("name", FEEDS)
def test_versions_that_contradict_are_all_refused(loader: psycopg.Connection[Any], name: str) -> None:
    feed = FEEDS[name]
    same = rows.good(feed, "1")
    free = next(c for c in reversed(feed.kept) if not feed.columns[c].key and c != feed.version)
    other = same | {free: None}
    assert refused(loader, feed, [same, rows.good(feed, "1"), other]) == {"keys:unique": [1, 2, 3]}
    assert refused(loader, feed, [same, same, same]) == {}


def test_two_versions_of_one_record_do_not_contradict(loader: psycopg.Connection[Any]) -> None:
    feed = FEEDS["gate.vehicles"]
    first = rows.good(feed, "1") | {"seq": "1", "status_code": "KHAI_BAO"}
    assert refused(loader, feed, [first, first | {"seq": "2", "status_code": "DA_XU_LY"}]) == {}


def test_a_contradiction_in_the_only_other_column_is_found_even_beside_nothing(
    loader: psycopg.Connection[Any],
) -> None:
    revenue = FEEDS["telecom.revenue"]
    sector = {"sector": {"wire": "nganh", "key": True, "label": "Ngành"}}
    columns = revenue.model_dump()["columns"] | sector
    feed = Feed.model_validate(revenue.model_dump() | {"constants": {}, "columns": columns})
    same = rows.good(feed)
    assert refused(loader, feed, [same, same | {"revenue_vnd": None}]) == {"keys:unique": [1, 2]}


def test_an_area_is_known_only_on_its_days(loader: psycopg.Connection[Any]) -> None:
    feed = FEEDS["dvc.dossiers"]
    old = rows.good(feed, "1")  # a commune of before July 2025
    later = dict.fromkeys(("filed_at", "received_at", "ended_at", "updated_at"), "20260301103000")
    assert refused(loader, feed, [old, rows.good(feed, "2") | later]) == {"area_code:known": [2]}


def test_no_area_means_the_province_which_has_its_days_too(loader: psycopg.Connection[Any]) -> None:
    feed = FEEDS["dvc.dossiers"]
    nowhere = rows.good(feed, "1") | {"area_code": None}
    ancient = dict.fromkeys(("filed_at", "received_at", "ended_at", "updated_at"), "19010301103000")
    told = refused(loader, feed, [nowhere, rows.good(feed, "2") | {"area_code": None} | ancient])
    known = loader.execute(
        "select count(*) from warehouse.dim_area where code = '20' and valid_from <= '1901-03-01'"
    ).fetchone()
    assert told == ({} if known == (1,) else {"area_code:known": [2]})
    assert refused(loader, feed, [nowhere]) == {}
