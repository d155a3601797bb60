"""What an explanation says of each kind of figure: the SQL that runs, the rows that count, what was said before."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from hub.errors import WrongQuestion
from kpis.explanation import Explanation
from tests.installation import CATALOGUE, refresh
from tests.kpis.asking import explain
from tests.kpis.facts import Facts
from warehouse.database import connect

JANUARY = (date(2023, 1, 1), date(2023, 1, 31))
HALF = (date(2023, 1, 1), date(2023, 6, 30))


@pytest.fixture
def facts(owner: psycopg.Connection) -> Facts:
    return Facts(owner)


def explained(facts: Facts, kpi: str, first: date, last: date, **question: Any) -> Explanation:
    return explain(facts.connection, kpi, first, last, "H37", **question)


def places(found: Explanation) -> list[tuple[int, int, int]]:
    """Batch, page and number of rows."""
    return [(page["batch_id"], page["page_number"], page["rows"]) for page in found.pages]


def dossier(code: str, day: str, batch: int, page: int, **said: Any) -> dict[str, Any]:
    moment = f"{day}T08:00:00+07:00"
    return {"dossier_code": code, "received_at": moment, "batch_id": batch, "page_number": page, **said}


def test_only_pages_of_rows_that_count_are_behind_a_figure(facts: Facts) -> None:
    facts.publish("dvc.dossiers")
    facts.add(
        "fact_dossier",
        [
            dossier("A", "2023-01-05", 1, 1, area="05971", channel_code="online"),
            dossier("B", "2023-01-06", 1, 2, area="05971"),
            dossier("C", "2023-01-07", 1, 2, area="05971"),
            dossier("D", "2023-02-01", 2, 1, area="05971"),
            dossier("E", "2023-01-08", 2, 2, status_code="new", area="05971"),
            dossier("F", "2023-01-09", 3, 1),
        ],
    )
    found = explained(facts, "online_dossier_rate", *JANUARY, area="05971", rows=2)
    assert [found.figure.numerator, found.figure.denominator] == [1, 3]
    assert places(found) == [(1, 1, 1), (1, 2, 2)]
    assert [row["dossier_code"] for row in found.rows] == ["A", "B"]
    online = explained(facts, "online_dossier_rate", *JANUARY, where={"channel": ["online"]})
    assert places(online) == [(1, 1, 1)]
    assert places(explained(facts, "online_dossier_rate", *JANUARY)) == [(1, 1, 1), (1, 2, 2), (3, 1, 1)]


def test_the_sql_is_the_one_that_runs_with_its_values_filled_in(facts: Facts) -> None:
    facts.publish("dvc.dossiers")
    [statement] = explained(facts, "online_dossier_rate", *JANUARY, where={"level": ["4"]}).statements.values()
    assert "count(*) filter (where channel = 'online')" in statement
    assert 'from "serving"."dossiers" as r\n' in statement
    assert "between '2023-01-01'::date and '2023-01-31'::date" in statement
    assert "'{4}'" in statement


def test_a_share_is_explained_by_two_statements_and_the_rows_of_its_denominator(facts: Facts) -> None:
    facts.publish("press.articles")
    moment = {"published_at": "2023-01-05T08:00:00+07:00"}
    facts.add("fact_article", [moment | {"sentiment": s} for s in ("positive", "negative", "neutral", None)])
    found = explained(facts, "positive_press_rate", *JANUARY)
    assert list(found.statements) == ["numerator", "denominator"]
    assert "positive" in found.statements["numerator"]
    assert "positive" not in found.statements["denominator"]
    assert [found.figure.numerator, found.figure.denominator, places(found)] == [1, 3, [(1, 1, 3)]]


def test_behind_a_stock_stands_each_operators_newest_snapshot(facts: Facts) -> None:
    facts.publish("telecom.subscribers")
    row = {"kind": "mobile_phone", "subscribers": 10}
    facts.add(
        "fact_subscriber",
        [
            row | {"month_end_day": "2023-01-31", "operator_code": "vnpt", "batch_id": 1},
            row | {"month_end_day": "2023-05-31", "operator_code": "viettel", "batch_id": 2},
            row | {"month_end_day": "2023-06-30", "operator_code": "vnpt", "batch_id": 3},
        ],
    )
    found = explained(facts, "phone_density", *HALF)
    assert places(found) == [(2, 1, 1), (3, 1, 1)]
    assert [(r["quantity"], r["year"], r["value"], bool(r["basis"])) for r in found.references] == [
        ("population", 2023, 805794, True)
    ]


def test_behind_what_a_running_total_added_stand_both_days(facts: Facts) -> None:
    facts.publish("ecommerce.platforms")
    days = [("2022-12-31", 1), ("2023-03-01", 2), ("2023-06-30", 3)]
    facts.add(
        "fact_ecommerce",
        [{"day": day, "platform_code": "voso", "transactions": 100 * n, "batch_id": n} for day, n in days],
    )
    found = explained(facts, "ecommerce_transactions", *HALF)
    assert [found.figure.value, places(found)] == [200, [(1, 1, 1), (3, 1, 1)]]


def test_the_plans_of_the_asked_slice_are_named_with_their_basis(facts: Facts) -> None:
    facts.publish("citizen_app.accounts")
    facts.add("fact_account", [{"day": "2023-05-15", "account": "payment", "accounts": 79461}])
    day = (date(2023, 5, 15),) * 2
    found = explained(facts, "digital_account_plan_rate", *day, where={"account": ["payment"]})
    assert [(r["name"], r["value"]) for r in found.references] == [("account=payment", 158922)]
    assert found.references[0]["basis"]
    assert len(explained(facts, "digital_account_plan_rate", *day).references) == 3


def test_a_range_without_a_whole_month_has_nothing_behind_it_and_says_why(facts: Facts) -> None:
    facts.publish("telecom.revenue")
    found = explained(facts, "telecom_revenue", date(2023, 1, 5), date(2023, 1, 20))
    assert (found.pages, found.batches, found.refused, found.statements) == ([], [], None, {})
    assert found.figure.reason is not None
    assert "no whole month" in found.figure.reason.en


def test_a_range_is_explained_by_the_definition_that_governs_it(facts: Facts) -> None:
    facts.publish("gate.vehicles")
    facts.add("fact_vehicle", [{"processed_at": f"2023-0{month}-05T08:00:00+07:00"} for month in (1, 1, 6)])
    own = CATALOGUE.find("gate_vehicles")
    for version, since, where in ((1, "2020-01-01", "is_processed"), (2, "2023-06-01", "direction = 'import'")):
        body = own.body | {"version": version, "valid_from": since, "where": where}
        facts.connection.execute(
            "insert into kpi.definition (kpi_id, version, sha256, body, valid_from) values (%s, %s, '', %s, %s)",
            (own.id, version, Jsonb(body), since),
        )
    old = explained(facts, "gate_vehicles", *JANUARY)
    assert [old.definition.version, old.valid_to, old.figure.value] == [1, date(2023, 6, 1), 2]
    new = explained(facts, "gate_vehicles", date(2023, 6, 1), date(2023, 6, 30))
    assert [new.definition.version, new.valid_to, new.figure.value] == [2, None, 0]
    assert "direction = 'import'" in new.statements["figure"]


def test_what_cannot_be_asked_cannot_be_explained(facts: Facts) -> None:
    with pytest.raises(WrongQuestion, match="no breakdown 'gates'"):
        explained(facts, "gate_vehicles", *HALF, where={"gates": ["huu_nghi"]})
    with pytest.raises(WrongQuestion, match="no KPI 'gate_vehicle'"):
        explained(facts, "gate_vehicle", *HALF)


@pytest.fixture(scope="module")
def revised(warehouse_url: str) -> Iterator[str]:
    """A warehouse in which a late vehicle changed January."""
    for day in ("2023-01-05", "2023-01-06"):
        with connect(warehouse_url, "owner") as connection:
            facts = Facts(connection)
            batch = facts.publish("gate.vehicles", changed_from=date(2023, 1, 5))
            facts.add("fact_vehicle", [{"processed_at": f"{day}T08:00:00+07:00", "batch_id": batch}])
            connection.execute("update warehouse.fact_vehicle set declaration_code = %s || batch_id", ("V",))
            connection.commit()
        refresh(warehouse_url, "H37", ["gate_vehicles"])
    yield warehouse_url
    with connect(warehouse_url, "owner") as connection:
        connection.execute("delete from warehouse.fact_vehicle")
        connection.commit()


def test_what_was_said_of_the_period_before_is_told_with_its_cause(revised: str) -> None:
    with connect(revised, "reader") as connection:
        found = explain(connection, "gate_vehicles", *JANUARY, "H37")
        other = explain(connection, "gate_vehicles", date(2023, 1, 2), date(2023, 1, 31), "H37")
        declared = explain(connection, "gate_vehicles", *JANUARY, "H37", measure="declared_online")
    said = [(r["revision"], r["value"], r["cause"], r["cause_batch_id"]) for r in found.revisions]
    batches = [batch["batch_id"] for batch in found.batches]
    assert said == [(1, 1, "first", batches[0]), (2, 2, "data", batches[1])]
    assert found.revisions[0]["superseded_at"] == found.revisions[1]["recorded_at"]
    assert (other.revisions, declared.revisions) == ([], [])


def test_a_view_tells_what_stands_behind_every_value_that_was_said(revised: str) -> None:
    with connect(revised, "reader") as connection:
        rows = connection.execute(
            "select revision, value, batch_id, numerator_sql, name_en from serving.kpi_explanations where"
            " kpi = 'gate_vehicles' and first_day = %s and last_day = %s and breakdown = '' order by 1, 3",
            JANUARY,
        ).fetchall()
        batches = [b for (b,) in connection.execute("select batch_id from serving.batches order by 1").fetchall()]
    told = ("count(*)", "Vehicles through the digital border gates")
    assert rows == [(1, 1, batches[0], *told), (2, 2, batches[0], *told), (2, 2, batches[1], *told)]
