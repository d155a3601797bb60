"""Whatever totals a system's file declares, its rows meet them to the unit: properties of the dealing."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from random import Random
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.areas import province
from gateway.chance import world_days
from gateway.records.cases import CaseMaker
from gateway.records.places import deal, deal_evenly, parts
from gateway.records.statistics import StatisticMaker, allotments, spans
from gateway.records.things import ThingFeed
from gateway.systemfile import Cases, Flow, Stock, SystemFile, Things
from gateway.worldfile import WorldFile, read_world

FIRST, LAST = date(2022, 12, 20), date(2023, 2, 28)
WORLD: WorldFile = msgspec.structs.replace(read_world("tra-vinh-2023"), first_day=FIRST, last_day=LAST, dirt={})
PROVINCE = province("H59", "84")
DAYS = world_days(WORLD)
ONE = timedelta(days=1)
day = st.sampled_from(DAYS)
grain = st.sampled_from(["day", "month", "year"])
areas = st.sampled_from(["", "districts", "communes", {PROVINCE.communes[0].code: 1.0, PROVINCE.communes[1].code: 2.5}])
few = settings(max_examples=40, deadline=None)
Row = dict[str, Any]


def statistics(plan: Flow | Stock) -> list[Row]:
    flow, stock = ((plan,), ()) if isinstance(plan, Flow) else ((), (plan,))
    file = SystemFile(title="x", flow=flow, stock=stock)
    return [msgspec.json.decode(row.body) for row in StatisticMaker(WORLD, "x", file, PROVINCE).rows()]


@st.composite
def nested(draw: st.DrawFn) -> dict[tuple[date, date], int]:
    """A range, up to two disjoint ones within it, and perhaps one outside, each with at least what lies in it."""
    borders = sorted(draw(st.lists(day, min_size=8, max_size=8, unique=True)))
    inner = [(borders[1], borders[2]), (borders[3], borders[4])][: draw(st.integers(0, 2))]
    totals = {span: draw(st.integers(0, 10**9)) for span in inner}
    totals[borders[0], borders[5]] = sum(totals.values()) + draw(st.integers(0, 10**12))
    if draw(st.booleans()):
        totals[borders[6], borders[7]] = draw(st.integers(0, 50))
    return totals


@few
@given(totals=nested(), grain=grain, area=areas, decimals=st.integers(0, 2), data=st.data())
def test_a_flow_meets_every_total_and_tells_every_day_once(
    totals: dict[tuple[date, date], int], grain: Any, area: Any, decimals: int, data: st.DataObject
) -> None:
    declared: dict[str, Any] = {f"{first}/{last}": total for (first, last), total in totals.items()}
    since = data.draw(st.none() | st.just(FIRST + ONE))
    rows = statistics(
        Flow(
            indicator="a",
            grain=grain,
            area=area,
            totals=declared,
            decimals=decimals,
            since=since,
            kind={"x": 1, "y": 3},
        )
    )
    for (first, last), total in totals.items():
        inside = [row for row in rows if str(first) <= row["tu"] and row["den"] <= str(last)]
        assert round(sum(round(row["gia_tri"] * 10**decimals) for row in inside)) == total * 10**decimals
    told: dict[tuple[str, str], list[date]] = defaultdict(list)
    for row in rows:
        run = date.fromisoformat(row["tu"]), date.fromisoformat(row["den"])
        assert row["gia_tri"] >= 0
        told[row["loai"], row["ma_dia_ban"]] += [run[0] + n * ONE for n in range((run[1] - run[0]).days + 1)]
    until = [span for span in totals if span[0] == FIRST]
    for days in told.values():
        assert len(set(days)) == len(days)
        assert set(days) >= {d for d in DAYS if d > FIRST or not since or until}


@few
@given(
    values=st.dictionaries(day, st.integers(0, 10**12), min_size=1, max_size=4),
    grain=grain,
    area=areas,
    step=st.booleans(),
)
def test_a_stock_meets_every_value_and_moves_only_between_neighbours(
    values: dict[date, int], grain: Any, area: Any, step: bool
) -> None:
    declared: dict[str, Any] = {str(day): value for day, value in values.items()}
    rows = statistics(Stock(indicator="a", grain=grain, area=area, values=declared, step=step))
    totals: Counter[date] = Counter()
    by_place: dict[str, dict[date, int]] = defaultdict(dict)
    for row in rows:
        ends = date.fromisoformat(row["den"])
        totals[ends] += row["gia_tri"]
        by_place[row["ma_dia_ban"]][ends] = row["gia_tri"]
    assert {ends: totals[ends] for ends in values} == values
    assert min(totals) == min(values)
    for place in by_place.values():
        for ends, value in place.items():
            before = max(d for d in values if d <= ends)
            after = before if step else min((d for d in values if d >= ends), default=before)
            assert min(place[before], place[after]) <= value <= max(place[before], place[after])


@given(cuts=st.lists(day, max_size=5), grain=grain)
def test_runs_cover_the_days_and_end_at_every_cut(cuts: list[date], grain: str) -> None:
    runs = spans(grain, DAYS, cuts)
    assert [run[0] for run in runs] == [FIRST, *(run[1] + ONE for run in runs[:-1])]
    assert runs[-1][1] == LAST
    assert {run[1] for run in runs} >= set(cuts)


@given(totals=nested())
def test_what_is_allotted_is_what_was_declared(totals: dict[tuple[date, date], int]) -> None:
    runs = [(day, day) for day in DAYS]
    dealt = list(allotments(totals, runs))
    used = [run for _, _, own in dealt for run in own]
    assert len(used) == len(set(used))
    for span, total in totals.items():
        assert sum(left for other, left, _ in dealt if span[0] <= other[0] and other[1] <= span[1]) == total


states = st.dictionaries(
    st.sampled_from(["on_time", "late", "refused", "cancelled", "open", "overdue", "planned"]),
    st.integers(0, 12),
    min_size=1,
)


@few
@given(wanted=states, around_the_clock=st.booleans(), by_day=st.booleans(), data=st.data())
def test_cases_are_received_and_closed_in_their_range_as_declared(
    wanted: Any, around_the_clock: bool, by_day: bool, data: st.DataObject
) -> None:
    first = data.draw(st.sampled_from(DAYS[:-20]))
    last = data.draw(st.sampled_from([d for d in DAYS if d >= first + 12 * ONE]))
    total = sum(wanted.values())
    amount = data.draw(st.integers(0, 900)) * 500_000 if total else 0
    plan = Cases(
        code="A",
        from_day=first,
        to_day=last,
        states=wanted,
        around_the_clock=around_the_clock,
        hours=(1, 200),
        quantity=total,
        amount_vnd=amount,
        step_vnd=500_000,
        class_={"x": 1, "y": 1},
        due_hours=72,
        due_days=(first + 5 * ONE, last + 30 * ONE) if by_day else (),
    )
    entries = sorted(CaseMaker(WORLD, "x", SystemFile(title="x", case=(plan,)), PROVINCE).states(), key=lambda e: e[:2])
    newest: dict[int, Row] = {entry.facts: msgspec.json.decode(entry.body) for entry in entries}
    rows = list(newest.values())
    end = f"{last}T23:59:59"
    done = [row for row in rows if row["trang_thai"] == "HOAN_THANH"]
    still = [row for row in rows if row["trang_thai"] == "DANG_XU_LY"]
    late = [row for row in done if row["hoan_thanh_luc"] > row["han_luc"]]
    planned = [row for row in rows if row["trang_thai"] == "DU_KIEN"]
    assert len(rows) == total
    assert (len(done) - len(late), len(late)) == (wanted.get("on_time", 0), wanted.get("late", 0))
    assert sum(row["han_luc"] <= end for row in still) == wanted.get("overdue", 0)
    assert sum(row["han_luc"] > end for row in still) == wanted.get("open", 0)
    assert len(planned) == wanted.get("planned", 0)
    assert all(row["tiep_nhan_luc"] == "" and str(first) <= row["han_luc"] for row in planned)
    assert all(row["han_luc"] <= end for row in planned) or by_day
    assert all(str(first) <= row["tiep_nhan_luc"] <= end for row in rows if row not in planned)
    assert all(row["tiep_nhan_luc"] < row["hoan_thanh_luc"] <= end for row in done)
    assert all(row["cap_nhat_luc"] <= end for row in rows)
    assert sum(row["so_luong"] for row in rows) == total
    assert sum(row["so_tien"] for row in rows) == amount
    assert all(row["so_tien"] % 500_000 == 0 for row in rows)
    assert abs(sum(row["nhom"] == "x" for row in rows) - total / 2) <= 0.5


@few
@given(
    numbers=st.dictionaries(
        day,
        st.integers(0, 60) | st.fixed_dictionaries({"P": st.integers(0, 30), "Q": st.integers(0, 30)}),
        min_size=1,
        max_size=4,
    ),
    replaced=st.integers(0, 5),
    data=st.data(),
)
def test_there_are_as_many_things_as_declared(numbers: dict[date, Any], replaced: int, data: st.DataObject) -> None:
    totals = {day: sum(number.values()) if isinstance(number, dict) else number for day, number in numbers.items()}
    quantity = {day: data.draw(st.integers(0, 10_000)) for day, total in totals.items() if total}
    plan = Things(
        code="A",
        numbers={str(day): number for day, number in numbers.items()},
        replaced=replaced,
        area="each_district",
        quantity={str(day): total for day, total in quantity.items()},
    )
    feed = ThingFeed(WORLD, "x", SystemFile(title="x", thing=(plan,)), PROVINCE)
    for on, number in numbers.items():
        rows = [msgspec.json.decode(row) for row in feed.on(on)]
        assert len({row["ma"] for row in rows}) == len(rows) == totals[on]
        if isinstance(number, dict):
            assert Counter(row["trang_thai"] for row in rows) == Counter(number)
        if on in quantity:
            assert sum(row["so_luong"] for row in rows) == quantity[on]


@given(count=st.integers(0, 300), weights=st.dictionaries(st.text(max_size=3), st.floats(0.01, 100), min_size=1))
def test_shares_are_dealt_as_exact_counts(count: int, weights: dict[str, float]) -> None:
    dealt = Counter(deal(count, weights, Random(1)))
    assert dealt.total() == count
    for key, weight in weights.items():
        assert abs(dealt[key] - count * weight / sum(weights.values())) < 1
    even = Counter(deal_evenly(count, dict.fromkeys(weights, 1.0), Random(1)))
    assert {even[key] for key in weights} <= {count // len(weights), -(-count // len(weights))}


@given(total=st.integers(0, 10**13), weights=st.lists(st.floats(0.1, 10), min_size=1, max_size=50))
@example(total=2, weights=[0.1, 10])
def test_nobody_has_nothing_as_long_as_there_is_enough(total: int, weights: list[float]) -> None:
    dealt = parts(total, weights)
    assert sum(dealt) == total
    assert min(dealt) >= (1 if total >= len(weights) else 0)
