"""The report on data quality as a document and a workbook: what it says is what the warehouse holds, within the rights
of who takes it."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader

from screens.documents.quality_report import _leaving_score
from screens.quality import WITHHELD, Total
from tests.screens.api.conftest import Get
from tests.screens.api.hub import World
from warehouse.database import connect

QUARTER = {"from": "2023-01-01", "to": "2023-03-31"}
STRANGE = "Cột 中文 #strong[lạ] " + "x" * 400
PDF, XLSX = "/reports/quality.pdf", "/reports/quality.xlsx"


def rows(world: World, query: str) -> list[tuple[Any, ...]]:
    with connect(world.url, "owner") as owner:
        return owner.execute(query.encode()).fetchall()


def attached(pdf: bytes, name: str) -> list[dict[str, str]]:
    [body] = PdfReader(io.BytesIO(pdf)).attachments[name]
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_its_tables_are_attached_and_say_what_the_ledger_says(get: Get, world: World) -> None:
    answer = get(PDF, **QUARTER)
    assert answer.status_code == 200, answer.text
    known = rows(
        world,
        "select source || '.' || feed, count(*) filter (where status = 'published'), sum(fetched)::int from"
        " serving.batches join serving.provinces using (province_id) where province = 'H37' and last_day >="
        " '2023-01-01' and first_day <= '2023-03-31' group by 1 order by 1",
    )
    assert known
    told = attached(answer.content, "batches.csv")
    assert [(row["feed"], int(row["published"]), int(row["fetched"] or 0)) for row in told] == [
        (feed, published, fetched or 0) for feed, published, fetched in known
    ]


def test_its_kpis_are_those_of_the_api(get: Get) -> None:
    told = {row["kpi"]: row for row in attached(get(PDF, **QUARTER).content, "figures.csv")}
    shown = {one["kpi"]: one for one in get("/board", period="2023-Q1").json()["figures"]}
    assert set(told) == set(shown)
    for kpi in ("gate_vehicles", "base_stations"):
        assert (told[kpi]["status"], float(told[kpi]["value"])) == (shown[kpi]["status"], shown[kpi]["value"])


def test_it_is_an_archive_document_that_a_screen_reader_can_read(get: Get) -> None:
    reader = PdfReader(io.BytesIO(get(PDF, **QUARTER).content))
    root: Any = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data()
    assert b"pdfaid:part>3" in metadata
    assert b"pdfuaid:part>1" in metadata
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "vi")
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "Lạng Sơn" in text


def test_formulas_of_the_workbook_stand_beside_their_values(get: Get) -> None:
    body = get(XLSX, **QUARTER).content
    formulas, values = (load_workbook(io.BytesIO(body), data_only=only) for only in (False, True))
    batches = formulas.worksheets[2]
    last = batches.max_row
    assert batches.cell(last, 5).value == f"=SUM(E2:E{last - 1})"
    told = [int(str(values[batches.title].cell(row, 5).value)) for row in range(2, last)]
    assert values[batches.title].cell(last, 5).value == sum(told)


@pytest.mark.parametrize("caller", ["town", "far", "office", "press", "reads", "wall"])
@pytest.mark.parametrize("path", [PDF, XLSX])
def test_who_sees_a_part_of_the_province_gets_none(get: Get, world: World, caller: str, path: str) -> None:
    before = rows(world, "select count(*) from ledger.entry where act = 'report'")
    assert get(path, caller, **QUARTER).status_code == 403
    assert rows(world, "select count(*) from ledger.entry where act = 'report'") == before


def test_the_trail_keeps_who_took_it_and_its_hash(get: Get, world: World) -> None:
    body = get(PDF, **QUARTER).content
    [(actor, subject, hashed)] = rows(
        world,
        "select actor, subject, body::jsonb -> 'after' ->> 'sha256' from ledger.entry where act = 'report'"
        " order by entry_id desc limit 1",
    )
    assert (actor, hashed) == ("account:whole", sha256(body).hexdigest())
    assert subject == "report/quality/quality-H37-2023-01-01_2023-03-31.pdf"


def test_days_are_needed_and_of_ten_years_at_most(get: Get) -> None:
    assert get(PDF).status_code == 422
    answer = get(PDF, **{"from": "1990-01-01", "to": "2023-12-31"})
    assert (answer.status_code, "120" in answer.text) == (422, True)


@pytest.fixture
def strange(world: World) -> Iterator[None]:
    """An incident whose text no font of documents has, as wide as a page."""
    with connect(world.url, "owner") as owner:
        owner.execute(
            "insert into ledger.incident (province_id, kind, cause, kpis, what_vi, what_en, opened_at) select"
            " province_id, 'blocked', 'blocked/strange', '{}', %s, %s, '2023-02-01' from warehouse.dim_province"
            " where code = 'H37'",
            [STRANGE, STRANGE],
        )
        owner.commit()
        yield
        owner.execute("delete from ledger.incident where cause = 'blocked/strange'")
        owner.commit()


@pytest.mark.usefixtures("strange")
def test_a_text_that_no_font_has_is_replaced_and_stops_no_report(get: Get) -> None:
    answer = get(PDF, **QUARTER)
    assert answer.status_code == 200, answer.text
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "Cột \ufffd\ufffd #strong[lạ]" in re.sub(r"[\s\u200b]+", " ", text)
    assert get(XLSX, **QUARTER).status_code == 200


def total(rule: str, failed: int, evaluated: int = 10_000, feed: str = "dossiers", runs: int = 1) -> Total:
    return Total("dvc", feed, date(2023, 1, 1), rule, runs, int(failed > 0), evaluated, failed)


@settings(max_examples=300, deadline=None)
@given(
    evaluated=st.integers(5, 60_000),
    rules=st.integers(1, 5),
    seen=st.integers(0, 400),
    counts=st.lists(st.integers(1, 4), min_size=2, max_size=2, unique=True),
)
def test_a_score_tells_no_small_count_whether_it_is_shown_or_withheld(
    evaluated: int, rules: int, seen: int, counts: list[int]
) -> None:
    """Nobody who knows all other rules can tell two small counts from each other."""
    others = [total(f"r{n}:codes", min(seen, evaluated), evaluated) for n in range(rules)]
    told = [_leaving_score([*others, total("x:codes", count, evaluated)], {"dvc.dossiers"}) for count in counts]
    assert told[0] == told[1]


def test_a_score_of_feeds_without_small_counts_is_as_it_is() -> None:
    assert _leaving_score([total("x:codes", 3, 100)], set()) == Decimal("97.0")
    assert _leaving_score([total("x:codes", 3, 100)], {"dvc.dossiers"}) == WITHHELD
    assert _leaving_score([total("x:codes", 3, 1_000_000)], {"dvc.dossiers"}) == Decimal("100.0")


@pytest.fixture
def refused_of_persons(world: World) -> Iterator[str]:
    """A feed about persons of which a batch has nine refused records: five by one rule, four by another."""
    with connect(world.url, "owner") as owner:
        [(batch, feed)] = owner.execute(
            "select batch_id, source || '.' || feed from ledger.batch join warehouse.dim_province using (province_id)"
            " where code = 'H37' and source = 'feedback' and last_day between '2023-01-01' and '2023-03-31'"
            " order by batch_id limit 1"
        ).fetchall()
        owner.execute(
            "update ledger.batch set fetched = 900, loaded = 891, quarantined = 9 where batch_id = %s", [batch]
        )
        for rule, failed in (("a:codes", 5), ("b:codes", 4)):
            owner.execute(
                "insert into quality.rule_result (batch_id, rule_id, severity, expectation, executed, passed,"
                " evaluated, failed, description_vi, description_en)"
                " values (%s, %s, 'reject', 'x', true, false, 900, %s, 'x', 'x')",
                [batch, rule, failed],
            )
            owner.execute(
                "insert into quality.month_total (province_id, source, feed, month, rule_id, runs, broken, evaluated,"
                " failed) select province_id, source, feed, date_trunc('month', last_day::timestamp)::date, %s, 1, 1,"
                " 900, %s from ledger.batch where batch_id = %s",
                [rule, failed, batch],
            )
        owner.commit()
        yield feed
        owner.execute("delete from quality.rule_result where rule_id in ('a:codes', 'b:codes')")
        owner.execute("delete from quality.month_total where rule_id in ('a:codes', 'b:codes')")
        owner.execute("update ledger.batch set fetched = 0, loaded = 0, quarantined = 0 where batch_id = %s", [batch])
        owner.commit()


def test_a_small_count_about_persons_is_not_told_by_the_other_rules_of_its_feed(
    get: Get, refused_of_persons: str
) -> None:
    answer = get(PDF, **QUARTER)
    assert answer.status_code == 200, answer.text
    told = {
        row["rule"]: row["failed"] for row in attached(answer.content, "rules.csv") if row["feed"] == refused_of_persons
    }
    assert told == {"a:codes": "*", "b:codes": "*"}
    book = load_workbook(io.BytesIO(get(XLSX, **QUARTER).content))
    cells = {row[1]: row[6] for row in book["Quy tắc"].iter_rows(values_only=True) if row[0] == refused_of_persons}
    assert cells == {"a:codes": "*", "b:codes": "*"}


@pytest.mark.usefixtures("refused_of_persons")
def test_withheld_rules_stand_last_by_name_whatever_their_shares_are(get: Get) -> None:
    rules = attached(get(PDF, **QUARTER).content, "rules.csv")
    hidden = [row["failed"] == "*" for row in rules]
    assert hidden == sorted(hidden)
    withheld = [(row["feed"], row["rule"]) for row in rules if row["failed"] == "*"]
    assert withheld == sorted(withheld)


def test_machines_are_told_no_small_count_of_refused_records_about_persons(get: Get, refused_of_persons: str) -> None:
    source, _, feed = refused_of_persons.partition(".")
    for caller, told in (("hub", {None}), ("whole in browser", {4, 5})):
        rows = get("/quality/results", caller, source=source, province="H37").json()["data"]
        assert {row["failed"] for row in rows if row["rule"] in ("a:codes", "b:codes")} == told, (caller, feed)
        assert caller != "hub" or {row["observed"] for row in rows} == {None}
