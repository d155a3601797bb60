"""What must hold for any records: parts add up to their whole, and order plays no part."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.definition import load_definitions
from tests.kpis.asking import compute
from tests.kpis.facts import Facts

FIRST, LAST = date(2023, 1, 1), date(2023, 6, 30)
DAYS = st.dates(FIRST, LAST)
COMMUNES = st.sampled_from(["20", "05971", "05974", "05998", "06001"])
SPLIT = st.sampled_from(["20", "05977", "06079", "06184", "06622", "06625", "06637"])
"""The province itself, communes that were split, and codes that mean another commune today."""


def _dossiers(areas: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(
        st.fixed_dictionaries(
            {
                "received_at": DAYS.map(lambda day: f"{day}T10:00:00+07:00"),
                "channel_code": st.sampled_from(["direct", "online", "post"]),
                "level": st.integers(2, 4),
                "area": areas,
                "service": st.sampled_from(["1.1", "1.2", "1.3"]),
                "status_code": st.sampled_from(["received", "in_process", "returned", "not_accepted"]),
            }
        ),
        max_size=12,
    )


DOSSIERS = _dossiers(COMMUNES)
SUBSCRIBERS = st.dictionaries(
    st.tuples(
        st.sampled_from(["vnpt", "viettel", "mobifone"]),
        st.sampled_from([date(2023, 1, 31), date(2023, 2, 28), date(2023, 6, 30)]),
        COMMUNES,
        st.sampled_from(["fixed_phone", "mobile_phone"]),
    ),
    st.integers(0, 10**6),
    max_size=12,
)


def _received(facts: Facts, **asked: Any) -> Any:
    return compute(facts.connection, "online_dossier_rate", FIRST, LAST, "H37", measure="received", **asked)


@given(DOSSIERS)
@pytest.mark.parametrize("by", [("channel",), ("area",), ("level", "channel"), ("organisation", "area", "level")])
def test_received_dossiers_add_up_over_any_breakdown(
    facts: Facts, by: tuple[str, ...], dossiers: list[dict[str, Any]]
) -> None:
    with facts.connection.transaction(force_rollback=True):
        facts.publish("dvc.dossiers")
        facts.add("fact_dossier", dossiers)
        figure = _received(facts, by=by)
        assert sum(row.value or 0 for row in figure.rows) == figure.value
        assert figure.value == sum(dossier["status_code"] != "not_accepted" for dossier in dossiers)


@given(DOSSIERS)
def test_districts_and_the_province_level_add_up_to_the_province(facts: Facts, dossiers: list[dict[str, Any]]) -> None:
    with facts.connection.transaction(force_rollback=True):
        facts.publish("dvc.dossiers")
        facts.add("fact_dossier", dossiers)
        districts = sum(_received(facts, area=code).value for code in ("178", "180"))
        at_province = sum(row.value for row in _received(facts, by=("area",)).rows if row.breakdown["area"] == "20")
        assert districts + at_province == _received(facts).value


@given(DOSSIERS, DAYS)
def test_a_flow_adds_up_over_neighbouring_ranges_and_a_distinct_count_does_not_exceed(
    facts: Facts, dossiers: list[dict[str, Any]], cut: date
) -> None:
    with facts.connection.transaction(force_rollback=True):
        facts.publish("dvc.dossiers")
        facts.add("fact_dossier", dossiers)
        ranges = [(FIRST, cut), *([(cut + timedelta(days=1), LAST)] if cut < LAST else [])]

        def over(kpi: str, measure: str, days: tuple[date, date]) -> Any:
            return compute(facts.connection, kpi, *days, "H37", measure=measure).value

        received = [over("online_dossier_rate", "received", days) for days in ranges]
        assert sum(received) == _received(facts).value
        services = [over("active_online_service_rate", "services_with_dossiers", days) for days in ranges]
        whole = over("active_online_service_rate", "services_with_dossiers", (FIRST, LAST))
        assert max(services) <= whole <= sum(services)


@given(_dossiers(SPLIT))
def test_areas_of_then_and_of_today_add_up_to_the_same_province(facts: Facts, dossiers: list[dict[str, Any]]) -> None:
    with facts.connection.transaction(force_rollback=True):
        facts.publish("dvc.dossiers")
        facts.add("fact_dossier", dossiers)
        then, today = (_received(facts, by=("channel", "area"), areas=areas) for areas in ("then", "today"))
        assert then.value == today.value
        assert sum(row.value or 0 for row in then.rows) == then.value
        assert sum(row.value or 0 for row in today.rows) == today.value
        for row in _received(facts, by=("area",), areas="today").rows:
            if row.breakdown["area"] != "20":
                asked = _received(facts, area=row.breakdown["area"], areas="today")
                assert (asked.value, asked.is_estimated) == (row.value, row.is_estimated)


@given(SUBSCRIBERS, st.dates(date(2023, 1, 31), LAST))
def test_a_stock_is_the_same_in_the_areas_of_then_and_of_today(facts: Facts, counts: dict[Any, int], day: date) -> None:
    with facts.connection.transaction(force_rollback=True):
        facts.publish("telecom.subscribers")
        facts.add(
            "fact_subscriber",
            [
                {"operator_code": operator, "month_end_day": end, "area": area, "kind": kind, "subscribers": count}
                for (operator, end, area, kind), count in counts.items()
            ],
        )
        then, today = (
            compute(
                facts.connection,
                "phone_density",
                day,
                day,
                "H37",
                measure="subscribers",
                by=("operator", "area"),
                areas=areas,
            )
            for areas in ("then", "today")
        )
        assert (then.value, then.data_as_of) == (today.value, today.data_as_of)
        assert (
            sum(row.value or 0 for row in then.rows) == sum(row.value or 0 for row in today.rows) == (then.value or 0)
        )


@given(DOSSIERS, st.lists(DAYS, max_size=4))
def test_a_flow_adds_up_over_any_split_of_its_range_and_so_do_its_slices(
    facts: Facts, dossiers: list[dict[str, Any]], cuts: list[date]
) -> None:
    with facts.connection.transaction(force_rollback=True):
        facts.publish("dvc.dossiers")
        facts.add("fact_dossier", dossiers)
        starts = sorted({FIRST, *cuts})
        ends = [start - timedelta(days=1) for start in starts[1:]] + [LAST]
        for where in ({}, {"channel": ["online"]}, {"level": ["3", "4"]}):
            pieces = [
                compute(
                    facts.connection, "online_dossier_rate", first, last, "H37", where=where, measure="received"
                ).value
                for first, last in zip(starts, ends, strict=True)
            ]
            assert sum(value or 0 for value in pieces) == _received(facts, where=where).value


@given(DOSSIERS, DAYS, DAYS)
def test_a_distinct_count_counts_each_thing_once_in_any_range_and_slice(
    facts: Facts, dossiers: list[dict[str, Any]], one: date, other: date
) -> None:
    first, last = sorted((one, other))
    with facts.connection.transaction(force_rollback=True):
        facts.publish("dvc.dossiers")
        facts.add("fact_dossier", dossiers)
        figure = compute(
            facts.connection,
            "active_online_service_rate",
            first,
            last,
            "H37",
            measure="services_with_dossiers",
            by=("level",),
        )
        counted = [
            (d["service"], str(d["level"]))
            for d in dossiers
            if str(first) <= d["received_at"][:10] <= str(last)
            and d["status_code"] != "not_accepted"
            and d["level"] in (3, 4)
        ]
        assert figure.value == len({service for service, _ in counted})
        said = {row.breakdown["level"]: row.value for row in figure.rows}
        assert said == {
            level: len({service for service, own in counted if own == level}) for level in {own for _, own in counted}
        }


@given(SUBSCRIBERS, st.dates(date(2023, 1, 31), LAST))
def test_subscribers_are_each_operators_newest_and_add_up_over_areas(
    facts: Facts, counts: dict[Any, int], day: date
) -> None:
    with facts.connection.transaction(force_rollback=True):
        facts.publish("telecom.subscribers")
        facts.add(
            "fact_subscriber",
            [
                {"operator_code": operator, "month_end_day": end, "area": area, "kind": kind, "subscribers": count}
                for (operator, end, area, kind), count in counts.items()
            ],
        )
        newest: dict[str, date] = {}
        for operator, end, _, _ in counts:
            if end <= day:
                newest[operator] = max(end, newest.get(operator, end))
        figure = compute(facts.connection, "phone_density", day, day, "H37", measure="subscribers", by=("area", "kind"))
        if not newest:
            assert figure.value is None
        else:
            assert figure.value == sum(n for (operator, end, _, _), n in counts.items() if end == newest.get(operator))
            assert sum(row.value or 0 for row in figure.rows) == figure.value


@given(st.lists(DAYS, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_in_which_records_come_changes_no_figure(facts: Facts, days: list[date], random: Any) -> None:
    vehicles = [{"declaration_code": f"KB-{n}", "processed_at": f"{day}T08:00:00+07:00"} for n, day in enumerate(days)]
    shuffled = random.sample(vehicles, len(vehicles))
    said = []
    for order in (vehicles, shuffled):
        with facts.connection.transaction(force_rollback=True):
            facts.publish("gate.vehicles")
            facts.add("fact_vehicle", order)
            figure = compute(facts.connection, "gate_vehicles", FIRST, LAST, "H37", by=("gate",))
            said.append((figure.value, figure.rows))
    assert said[0] == said[1]


def test_each_breakdown_of_each_measure_can_be_asked(facts: Facts) -> None:
    for definition in load_definitions().values():
        facts.publish(definition)
        for measure in definition.measure_names:
            breakdowns = definition.formula(measure).breakdowns
            for by in [(name,) for name in breakdowns] + [tuple(breakdowns)]:
                figure = compute(facts.connection, definition.id, FIRST, LAST, "H37", by=by, measure=measure)
                assert figure.rows == []
