"""Beside the whole province each area and each value of each breakdown has observations of its own."""

from datetime import date
from decimal import Decimal

import pytest

from hub.errors import WrongQuestion
from tests.installation import refresh
from tests.kpis.asking import observed
from tests.kpis.facts import Facts
from tests.kpis.history.hub import JANUARY, TODAY, Hub
from warehouse.database import connect

ONLINE = "online_dossier_rate"
DISTRICT, COMMUNE, SIBLING = "178", "05971", "05974"
"""The city of Lạng Sơn and two of its wards."""


def _slices(hub: Hub, kpi: str) -> dict[tuple[str, str], Decimal]:
    """(area, breakdown) → value of January."""
    rows = hub.connection.execute(
        "select area, breakdown, value from serving.kpi_observations"
        " where kpi = %s and (first_day, last_day) = (%s, %s) and is_latest",
        (kpi, *JANUARY),
    ).fetchall()
    hub.connection.rollback()
    return {(area, breakdown): value for area, breakdown, value in rows}


def test_each_value_of_each_breakdown_is_said_beside_the_whole(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.vehicles("2023-01-06", "2023-01-07", direction="import", gate_code="tan_thanh")
    hub.publish(JANUARY)
    hub.refresh()
    assert _slices(hub, "gate_vehicles") == {
        ("20", ""): 3,
        ("20", "gate=huu_nghi"): 1,
        ("20", "gate=tan_thanh"): 2,
        ("20", "direction=export"): 1,
        ("20", "direction=import"): 2,
    }


def test_an_area_is_said_with_all_below_it_and_the_province_with_what_lies_nowhere_else(hub: Hub) -> None:
    hub.dossiers(
        [
            {"area": COMMUNE, "channel_code": "online"},
            {"area": SIBLING, "channel_code": "direct"},
            {"area": "20", "channel_code": "direct"},
            {"area": "20", "channel_code": "direct"},
        ]
    )
    hub.publish(JANUARY, feed="dvc.dossiers")
    hub.refresh(ONLINE)
    said = _slices(hub, ONLINE)
    assert {area: value for (area, breakdown), value in said.items() if not breakdown} == {
        "20": 25,
        DISTRICT: 50,
        COMMUNE: 100,
        SIBLING: 0,
    }
    assert said["20", "channel=online"] == 100


def test_a_slice_that_vanishes_becomes_missing_and_can_come_back(hub: Hub) -> None:
    gate = {"slice_": "gate=tan_thanh"}
    columns = "revision, value::integer, status"
    hub.vehicles("2023-01-05")
    hub.vehicles("2023-01-06", gate_code="tan_thanh")
    hub.publish(JANUARY)
    hub.refresh()
    for gate_code in ("huu_nghi", "tan_thanh"):
        hub.connection.execute(
            "update warehouse.fact_vehicle set gate_code = %s where processed_day = '2023-01-06'", [gate_code]
        )
        hub.publish(JANUARY)
        hub.refresh()
        hub.publish(JANUARY)
        hub.refresh()
    assert hub.revisions(JANUARY, columns, **gate) == [(1, 1, "official"), (2, None, "missing"), (3, 1, "official")]
    assert hub.revisions(JANUARY) == [2]
    assert hub.revisions(JANUARY, slice_="gate=huu_nghi") == [1, 2, 1]


def test_only_slices_that_changed_get_a_revision(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.vehicles("2023-01-06", gate_code="tan_thanh")
    hub.publish(JANUARY)
    hub.refresh()
    hub.vehicles("2023-01-07", gate_code="tan_thanh")
    hub.publish(JANUARY)
    hub.refresh()
    assert hub.revisions(JANUARY, slice_="gate=huu_nghi") == [1]
    assert hub.revisions(JANUARY, slice_="gate=tan_thanh") == [1, 2]


def test_a_period_without_any_figure_is_missing_as_a_whole_and_has_no_slices(hub: Hub) -> None:
    hub.dossiers([{"received_at": "2023-01-10T08:00:00+07:00", "status_code": "not_accepted"}])
    hub.publish(JANUARY, feed="dvc.dossiers")
    hub.refresh(ONLINE)
    assert _slices(hub, ONLINE) == {("20", ""): None}


def test_areas_of_another_era_that_bear_the_same_code_are_kept_apart(hub: Hub) -> None:
    """In the year 2025 a code can mean one area before 1 July and another after it."""
    reused = hub.connection.execute(
        "select o.code from warehouse.dim_area as o join warehouse.dim_area as n using (code)"
        " where o.valid_to = n.valid_from and o.level = 'commune' and n.level = 'commune'"
        " and exists (select from warehouse.dim_area as p where p.code = '20' and p.level = 'province'"
        " and o.ancestor_ids @> array[p.area_id] and n.ancestor_ids @> array[p.area_id]) order by 1 limit 1"
    ).fetchone()
    assert reused is not None
    (code,) = reused
    hub.dossiers([{"area": code, "received_at": "2025-03-01T08:00:00+07:00", "channel_code": "online"}])
    hub.connection.execute(
        "insert into warehouse.fact_dossier (province_id, dossier_code, organisation_id, service_id, area_id,"
        " channel_code, level, status_code, received_at, updated_at, batch_id, page_number)"
        " select province_id, 'after', organisation_id, service_id, (select area_id from warehouse.dim_area"
        " where code = %s and valid_from = '2025-07-01' and level = 'commune'), 'direct', level, status_code,"
        " received_at + interval '6 months', updated_at, batch_id, page_number from warehouse.fact_dossier",
        [code],
    )
    year = (date(2025, 1, 1), date(2025, 12, 31))
    hub.publish(year, feed="dvc.dossiers")
    hub.refresh(ONLINE)
    assert hub.revisions((date(2025, 3, 1), date(2025, 3, 31)), kpi=ONLINE, area=code) == [100]
    assert hub.revisions((date(2025, 9, 1), date(2025, 9, 30)), kpi=ONLINE, area=code) == [0]
    assert hub.revisions(year, kpi=ONLINE, area=code) == [0]
    assert hub.known_at(TODAY, year, ONLINE, area=code).numerator == 0


def test_a_merged_province_goes_on_in_the_areas_that_took_over_its_own(hub: Hub) -> None:
    """Bình Phước's communes lie in Đồng Nai since 1 July 2025; its own records alone are counted there."""
    kpi, place = "feedback_resolved_rate", "select area_id from warehouse.dim_area where code = %s and level = %s"
    [(code, heir, new)] = hub.connection.execute(
        "select o.code, n.area_id, n.code from warehouse.area_successor as s"
        " join warehouse.dim_area as o using (area_id) join warehouse.dim_area as n on n.area_id = s.successor_id"
        f" where o.level = 'commune' and o.ancestor_ids && array({place}) order by 1 limit 1",
        ("70", "province"),
    ).fetchall()
    own = Facts(hub.connection, "H10")
    for day, area in (("2025-03-10", code), ("2025-09-10", new)):
        own.add("fact_feedback", [{"received_at": f"{day}T08:00:00+07:00", "area": area, "case_code": day}])
    hub.connection.execute("update warehouse.fact_feedback set area_id = %s where case_code = '2025-09-10'", (heir,))
    own.publish("feedback.cases", (date(2025, 1, 1), date(2025, 12, 31)))
    hub.connection.commit()
    refresh(hub.url, "H10", [kpi])
    march, september = ((date(2025, month, 1), date(2025, month, days)) for month, days in ((3, 31), (9, 30)))
    assert hub.revisions(march, kpi=kpi, area=code) == [100]
    assert hub.revisions(september, kpi=kpi, area=new) == [100]
    assert hub.revisions(september, kpi=kpi, area="75") == []
    with connect(hub.url, "reader") as connection:
        assert observed(connection, kpi, *september, TODAY, "H10", area=new).value == 100


def test_slices_can_be_asked_as_they_were_known(hub: Hub) -> None:
    hub.dossiers([{"area": COMMUNE, "channel_code": "online"}, {"area": "20", "channel_code": "direct"}])
    hub.publish(JANUARY, feed="dvc.dossiers")
    hub.refresh(ONLINE)
    hub.said_on(date(2023, 2, 1))
    hub.dossiers([{"area": SIBLING, "channel_code": "direct"}])
    hub.publish(JANUARY, feed="dvc.dossiers")
    hub.refresh(ONLINE)
    day = date(2023, 2, 1)
    assert [hub.known_at(when, JANUARY, ONLINE, area=DISTRICT).value for when in (day, TODAY)] == [100, 50]
    direct = {"where": {"channel": ("direct",)}}
    assert [hub.known_at(when, JANUARY, ONLINE, **direct).denominator for when in (day, TODAY)] == [1, 2]
    assert hub.known_at(day, JANUARY, ONLINE, area=SIBLING).value is None
    assert hub.known_at(day, JANUARY, ONLINE, area="20").value == 50


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"area": COMMUNE, "where": {"channel": ("online",)}}, "one area, or one value of one breakdown"),
        ({"where": {"channel": ("online", "direct")}}, "one area, or one value of one breakdown"),
        ({"where": {"channel": ("online",), "level": ("4",)}}, "one area, or one value of one breakdown"),
        ({"where": {"chanel": ("online",)}}, "no breakdown 'chanel'; did you mean channel"),
        ({"where": {"channel": ("onlin",)}}, "no value 'onlin'; did you mean online"),
        ({"area": "99999"}, "no area '99999'"),
    ],
)
def test_what_is_not_kept_is_refused_in_words_that_lead_on(hub: Hub, asked: dict[str, object], says: str) -> None:
    with pytest.raises(WrongQuestion, match=says):
        hub.known_at(TODAY, JANUARY, ONLINE, **asked)
    with pytest.raises(WrongQuestion, match="known for the whole province only"):
        hub.known_at(TODAY, JANUARY, area=COMMUNE)


def test_why_a_slice_has_no_value_is_kept_beside_it(hub: Hub) -> None:
    """The people of the province are known, those of its communes are not."""
    density, june = "phone_density", (date(2023, 6, 1), date(2023, 6, 30))
    columns = "value, numerator, status, reason_en, reason_vi"
    said: dict[str, object] = {"month_end_day": "2023-06-30", "kind": "mobile_phone", "area": COMMUNE}
    hub.facts.add("fact_subscriber", [{**said, "subscribers": 70000}])
    hub.publish(june, feed="telecom.subscribers")
    hub.refresh(density)
    [(value, *_)] = hub.revisions(june, columns, kpi=density)
    assert value is not None
    word = (None, None, "missing", "no population of 2023 is known", "Chưa có dân số năm 2023")
    assert hub.revisions(june, columns, kpi=density, area=COMMUNE) == [word]
    known = hub.known_at(TODAY, june, density, area=COMMUNE)
    assert known.reason is not None
    assert (known.value, known.reason.en) == (None, "no population of 2023 is known")
    hub.facts.add("fact_subscriber", [{**said, "operator_code": "viettel", "subscribers": 900}])
    hub.publish(june, feed="telecom.subscribers")
    assert hub.refresh(density).revisions > 0
    assert hub.revisions(june, "revision, status", kpi=density, area=COMMUNE) == [(1, "missing")]
