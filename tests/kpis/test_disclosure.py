"""What is kept about what leaves the hub, of real observations: asked of a linear program, and of the rule itself."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from hub.errors import Abort
from hub.periods import Period
from kpis.definition import load_definitions
from kpis.disclosure import WITHHELD, counts_alike
from kpis.disclosure_audit import audit
from kpis.disclosure_judgement import UNCOUNTED, counts_records, larger_than
from kpis.history import History, Key
from kpis.memo import Once
from kpis.receipts import write_receipt
from kpis.small_cells import WHOLE, CountedCell, MonthCounts, Partition, withheld_ends
from tests.installation import CATALOGUE, refresh
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.serving import find_province, province_area

YEAR = (date(2022, 12, 31), date(2023, 6, 30))
AREAS = ("05971", "06001", "06619", "06622", "06625", "06628", "178", "20")
ABOUT_PERSONS = [one for one in load_definitions().values() if one.about_persons]


def records(random: Random, column: str, count: int, **choices: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {column: f"2023-{random.randint(1, 6):02}-{random.randint(1, 28):02}T09:00:00+07:00"}
        | {name: random.choice([*values]) for name, values in choices.items()}
        for _ in range(count)
    ]


def certificates(random: Random) -> list[dict[str, Any]]:
    """Of offices large and small, most issued before the year; some are issued and revoked in each month."""
    offices = {"000.00.11.H37": 60, "000.00.12.H37": 40, "000.00.13.H37": 3, "000.00.14.H37": 30}
    rows = [
        {"issued_at": "2022-03-01T09:00:00+07:00", "organisation": office, "holder": "person"}
        for office, count in offices.items()
        for _ in range(count)
    ]
    own = {"organisation": [*offices], "holder": ["person", "organisation"]}
    rows += records(random, "issued_at", 40, **own)
    for row in random.sample(rows, 30):
        month = random.randint(int(row["issued_at"][5:7]) if row["issued_at"] > "2023" else 1, 6)
        row["revoked_at"] = f"2023-{month:02}-28T10:00:00+07:00"
    return rows


@pytest.fixture(scope="module", params=[1, 2])
def hub(request: pytest.FixtureRequest, postgres: Postgres) -> str:
    """Half a year of few records about persons, here and there."""
    url, random = postgres.database(), Random(request.param)
    with connect(url, "owner") as owner:
        facts = Facts(owner)
        offices, services = ("000.00.11.H37", "000.00.12.H37", None), ("1.000001", "1.000002", "1.000003")
        choices = {"channel_code": ("online", "direct", "post"), "level": (2, 3, 4, 4), "organisation": offices}
        dossiers = records(random, "received_at", 260, area=AREAS, **choices)
        for one in dossiers:
            one |= {"service": random.choice(services), "ended_at": one["received_at"], "status_code": "resolved"}
        facts.add("fact_dossier", dossiers)
        fields = ("GIAO_THONG", "MOI_TRUONG", "DIEN")
        facts.add("fact_feedback", records(random, "received_at", 160, area=AREAS, field_code=fields))
        facts.add("fact_vehicle", records(random, "processed_at", 90))
        facts.add("fact_certificate", certificates(random))
        calls = records(random, "received_at", 120, area=AREAS, **{"class": ("police", "fire", "ambulance")})
        facts.add("fact_case", [{"source": "emergency", "kind": "call"} | one for one in calls])
        months = [(date(2023, month, 1), date(2023, month + 1, 1) - timedelta(days=1)) for month in range(1, 7)]
        facts.add(
            "fact_statistic",
            [
                {"source": source, "indicator": indicator, "kind": kind, "area": area, "value": value}
                | {"first_day": first, "last_day": last}
                for source, indicator, kinds in (
                    ("public_order", "accidents", ("none",)),
                    ("public_order", "cases", ("drugs", "economic", "environment")),
                    ("health", "infectious_cases", ("district_hospital", "commune_station")),
                )
                for first, last in months
                for kind in kinds
                for area in ("178", "180", "181", "182", "183")
                for value in [random.choice((0, 0, 1, 2, 3, 7, 20))]
            ],
        )
        for feed in sorted({feed for one in ABOUT_PERSONS for feed in one.sources}):
            facts.publish(feed, YEAR)
    refresh(url, "H37", [one.id for one in ABOUT_PERSONS])
    return url


@pytest.mark.parametrize("kpi", [one.id for one in ABOUT_PERSONS])
def test_no_published_figure_that_is_given_tells_one_that_is_withheld(hub: str, kpi: str) -> None:
    with connect(hub, "reader") as reader:
        found = audit(reader, find_province(reader, "H37"), CATALOGUE.find(kpi), 2023)
    assert found.told == []


def test_something_is_withheld_and_something_is_given(hub: str) -> None:
    with connect(hub, "reader") as reader:
        province = find_province(reader, "H37")
        for kpi in ("online_dossier_rate", "level4_online_dossier_rate", "feedback_resolved_rate"):
            found = audit(reader, province, CATALOGUE.find(kpi), 2023)
            assert found.withheld > 20
            assert found.given > 20


def test_of_a_year_without_published_figures_nothing_is_told(hub: str) -> None:
    with connect(hub, "reader") as reader:
        found = audit(reader, find_province(reader, "H37"), CATALOGUE.find("public_order_cases"), 2021)
    assert (found.given, found.withheld, found.told) == (0, 0, ())


def test_the_audit_finds_a_cell_that_is_told(hub: str) -> None:
    """The whole and all districts and communes but one are given: the audit says so."""
    with connect(hub, "owner") as owner:
        owner.execute(
            "delete from kpi.withheld_count where kpi_id = 'feedback_resolved_rate' and area_id <> (select area_id"
            " from warehouse.dim_area where code = '06628' and valid_to is not null)"
        )
        found = audit(owner, find_province(owner, "H37"), CATALOGUE.find("feedback_resolved_rate"), 2023)
        owner.rollback()
    assert found.told


def test_the_audit_finds_a_change_of_a_stock_that_is_told(hub: str) -> None:
    kpi = CATALOGUE.find("digital_certificates")
    with connect(hub, "owner") as owner:
        province = find_province(owner, "H37")
        found = audit(owner, province, kpi, 2023)
        assert found.withheld > 20
        assert found.given > 20
        owner.execute("delete from kpi.withheld_count where kpi_id = 'digital_certificates'")
        assert len(audit(owner, province, kpi, 2023).told) > 20
        owner.rollback()
        owner.execute(
            "delete from kpi.withheld_count where kpi_id = 'digital_certificates'"
            " and breakdown <> 'organisation=000.00.12.H37'"
        )
        told = audit(owner, province, kpi, 2023).told
        assert any("000.00.12" in cell.breakdown for cell in told), "by the whole and all others"
        owner.rollback()


def test_a_stock_of_an_earlier_judgement_is_judged_again(hub: str) -> None:
    """As an earlier version judged each end by itself, and nothing was published since."""

    def withheld() -> list[Any]:
        with connect(hub, "owner") as owner:
            return owner.execute(
                "select * from kpi.withheld_count where kpi_id = 'digital_certificates' order by 1, 2, 3, 4, 5, 6"
            ).fetchall()

    before = withheld()
    with connect(hub, "owner") as owner:
        owner.execute("delete from kpi.withheld_count where kpi_id = 'digital_certificates' and breakdown <> ''")
    refresh(hub, "H37", ["digital_certificates"])
    assert withheld() == before


def test_what_has_no_records_is_answered_as_what_is_withheld_beside_it(hub: str) -> None:
    """Of each month, area and value: no reason, no number and no missing answer tells which ones have some."""
    period, value = Period(date(2023, 1, 1), date(2023, 1, 31)), "field=nobody"
    with connect(hub, "reader") as reader:
        province = find_province(reader, "H37")
        rows = reader.execute(
            "select area_id, parent_id, level from serving.areas where ancestor_ids && (select array_agg(area_id)"
            " from serving.areas where area = %s and level = 'province') and valid_from <= %s"
            " and (valid_to is null or valid_to > %s)",
            (province.area, period.last, period.last),
        ).fetchall()
        areas = {area_id: parent_id for area_id, parent_id, level in rows if level != "province"}
        [whole] = [area_id for area_id, _, level in rows if level == "province"]
        for kpi in ("online_dossier_rate", "feedback_resolved_rate"):
            keys = {Key(kpi, period.first, period.last, area_id, "") for area_id in areas} | {
                Key(kpi, period.first, period.last, whole, value)
            }
            kept = History(Once(reader), province, CATALOGUE).entries(keys)
            told = History(Once(reader), province, CATALOGUE, leaves=True).entries(keys)
            withheld = {key.area_id for key in kept if told[key].withheld}
            assert withheld
            parents = {areas[area_id] for area_id in withheld} | withheld
            empty = {
                Key(kpi, period.first, period.last, area_id, "")
                for area_id, parent in areas.items()
                if parent in parents
            } - kept.keys()
            assert empty
            assert {told[key].withheld for key in empty if key in told} == {WITHHELD}
            assert empty <= told.keys()
            beside = reader.execute(
                "select count(*) from serving.withheld_counts where kpi = %s and last_day = %s and area_id = %s"
                " and starts_with(breakdown, 'field=')",
                (kpi, period.last, whole),
            ).fetchone()
            assert (Key(kpi, period.first, period.last, whole, value) in told) == (beside != (0,))
            assert Key(kpi, period.first, period.last, whole, value) not in kept


def test_a_receipt_of_what_has_no_records_is_refused_as_one_of_what_is_withheld_beside_it(hub: str) -> None:
    january = Period(date(2023, 1, 1), date(2023, 1, 31))
    with connect(hub, "loader") as connection:
        province = find_province(connection, "H37")
        codes = connection.execute(
            "select area, area_id from serving.areas where level in ('district', 'commune') and valid_from <= %(day)s"
            " and (valid_to is null or valid_to > %(day)s) and ancestor_ids && (select array_agg(area_id)"
            " from serving.areas where area = %(own)s and level = 'province')",
            {"day": january.last, "own": province.area},
        ).fetchall()
        history = History(Once(connection), province, CATALOGUE, leaves=True)
        keys = {Key("online_dossier_rate", january.first, january.last, area_id, ""): code for code, area_id in codes}
        told, kept = history.entries(keys), replace(history, leaves=False).entries(keys)
        withheld = {code for key, code in keys.items() if key in told and told[key].withheld}
        assert withheld & {keys[key] for key in kept}
        assert withheld - {keys[key] for key in kept}
        for code in withheld:
            with pytest.raises(Abort) as raised:
                write_receipt(connection, CATALOGUE, "H37", "online_dossier_rate", january, code)
            assert raised.value.en == WITHHELD.en


def test_what_the_trail_tells_of_a_refresh_which_a_receipt_holds_has_no_figure_about_persons(hub: str) -> None:
    with connect(hub, "owner") as connection:
        entries = connection.execute(
            "select body::json->>'subject', body::json->'after'->'newest'->0 from ledger.entry"
            " where body::json->>'act' = 'figures' and body::json->'after'->'newest'->0 is not null"
        ).fetchall()
    told = {subject.removeprefix("kpi/"): newest for subject, newest in entries}
    about = {one.id for one in ABOUT_PERSONS} & told.keys()
    assert about
    assert not any({"before", "after"} & told[kpi].keys() for kpi in about)


def test_a_value_without_records_is_withheld_where_the_whole_is(hub: str) -> None:
    january = date(2023, 1, 1), date(2023, 1, 31)
    with connect(hub, "owner") as owner:
        province = find_province(owner, "H37")
        whole = province_area(owner, province, january[1])
        assert whole
        key = Key("feedback_resolved_rate", *january, whole.area_id, "field=nobody")
        owner.execute("delete from kpi.withheld_count where starts_with(breakdown, 'field=')")
        history = History(Once(owner), province, CATALOGUE, leaves=True)
        assert key not in history.entries([key])
        owner.execute(
            "insert into kpi.withheld_count (province_id, kpi_id, first_day, last_day, area_id)"
            " values (%s, %s, %s, %s, %s)",
            (province.province_id, *key[:4]),
        )
        assert history.entries([key])[key].withheld == WITHHELD
        owner.rollback()


@pytest.fixture(scope="module")
def offices(postgres: Postgres) -> str:
    """Two districts in which all that is handled is handled by three offices of their own."""
    url, random = postgres.database(), Random(0)
    with connect(url, "owner") as owner:
        facts = Facts(owner)
        for area, unit, counts in (("05971", "11", (40, 30, 3)), ("06001", "12", (50, 20, 4))):
            for place, count in enumerate(counts):
                own: dict[str, list[Any]] = {"area": [area], "organisation": [OFFICES[unit][place]], "level": [2, 3, 4]}
                rows = [
                    one | {"received_at": "2023-01-09T09:00:00+07:00"}
                    for one in records(random, "ended_at", count, **own)
                ]
                facts.add("fact_dossier", rows)
        facts.publish("dvc.dossiers", (date(2022, 12, 31), date(2023, 1, 31)))
    refresh(url, "H37", ["online_dossier_rate"])
    return url


OFFICES = {"11": [f"000.00.{n}.H37" for n in (11, 12, 13)], "12": [f"000.00.{n}.H37" for n in (14, 15, 16)]}


def test_offices_that_add_up_to_a_district_hide_each_other(offices: str) -> None:
    with connect(offices, "reader") as reader:
        found = audit(reader, find_province(reader, "H37"), CATALOGUE.find("online_dossier_rate"), 2023)
        rows = reader.execute(
            "select breakdown from serving.withheld_counts where last_day = %s and breakdown <> ''", [date(2023, 1, 31)]
        ).fetchall()
    assert found.told == []
    assert {breakdown for (breakdown,) in rows} == {
        f"organisation={one}" for own in OFFICES.values() for one in own[1:]
    }


def test_the_audit_finds_an_office_that_is_told_by_its_district(offices: str) -> None:
    """Withheld are the smallest office of each of two districts, given the districts and all other offices."""
    with connect(offices, "owner") as owner:
        owner.execute(
            "delete from kpi.withheld_count where breakdown = any(%s)",
            [[f"organisation={OFFICES[unit][1]}" for unit in OFFICES]],
        )
        found = audit(owner, find_province(owner, "H37"), CATALOGUE.find("online_dossier_rate"), 2023)
        owner.rollback()
    assert {cell.breakdown for cell in found.told} == {f"organisation={own[2]}" for own in OFFICES.values()}


def test_refreshing_again_keeps_what_was_judged(hub: str) -> None:
    def judged() -> list[Any]:
        with connect(hub, "owner") as owner:
            counts = owner.execute("select * from kpi.withheld_count order by 1, 2, 3, 4, 5, 6").fetchall()
            return [counts, owner.execute("select * from kpi.disclosure order by 1, 2").fetchall()]

    before = judged()
    refresh(hub, "H37", [one.id for one in ABOUT_PERSONS])
    assert judged() == before


def test_dossiers_of_level_four_are_a_part_of_all() -> None:
    known = load_definitions()
    [(larger, same)] = larger_than(known["level4_online_dossier_rate"], known.values())
    assert (larger.id, same) == ("online_dossier_rate", CountedCell(None, "level=4"))
    assert larger_than(known["online_dossier_rate"], known.values()) == []
    assert larger_than(known["on_time_dossier_rate"], known.values()) == []


def test_no_kpi_counts_more_of_the_records_of_another_source_or_indicator() -> None:
    """All facts of any subject are in the same views."""
    counts = load_definitions()["public_order_cases"]
    drugs = counts.model_copy(update={"id": "drugs", "where": "kind = 'drugs'"})
    elsewhere = counts.model_copy(update={"id": "elsewhere", "sources": ["health.statistics"]})
    [(larger, same)] = larger_than(drugs, [counts, elsewhere, load_definitions()["traffic_accidents"]])
    assert (larger.id, same) == ("public_order_cases", CountedCell(None, "kind=drugs"))


def test_only_a_measure_of_the_same_records_is_known_where_their_count_is() -> None:
    known = load_definitions()
    assert counts_alike(known["on_time_dossier_rate"], "late_rate")
    assert counts_alike(known["administrative_fines"], "penalties")
    assert not counts_alike(known["traffic_accidents"], "deaths")
    assert not counts_alike(known["traffic_accidents"], "injured")
    assert not counts_alike(known["public_order_cases"], "cleared")


def test_of_figures_that_do_not_count_their_records_none_is_known() -> None:
    uncounted = {one.id for one in ABOUT_PERSONS if not counts_records(one)}
    assert uncounted == {"administrative_fines"}


@pytest.mark.parametrize("ends", [1, 12])
def test_what_stands_for_records_that_are_not_counted_never_adds_up_to_enough(ends: int) -> None:
    cells = [CountedCell(area) for area in range(1, 40)]
    month = MonthCounts(dict.fromkeys([WHOLE, *cells], UNCOUNTED), [Partition(WHOLE, cells)])
    assert withheld_ends([month] * ends) == [frozenset([WHOLE, *cells])] * ends
