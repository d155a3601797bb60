"""A consistent report with everything that the rules look at: each single fault in it is found, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.units import round_half_up
from kpis.definition import load_definitions
from kpis.slices import parse_slices
from reports.contradictions import find_contradictions
from reports.coverage import gaps
from reports.published import Published
from reports.references import CodeList
from reports.sheet import PublishedReport
from tests.reports.reports import REFERENCE

Days = tuple[date, date]
MONTHS = [(date(2023, n, 1), date(2023, n + 1, 1) - timedelta(days=1)) for n in (1, 2, 3)]
QUARTER, YEAR_BEFORE = (date(2023, 1, 1), date(2023, 3, 31)), (date(2022, 1, 1), date(2022, 3, 31))
DAY_BEFORE, DAY = (date(2022, 12, 31),) * 2, (date(2023, 3, 31),) * 2
KNOWN = replace(
    REFERENCE, code_lists={**REFERENCE.code_lists, "severity": [CodeList(frozenset({"low", "medium", "high"}))]}
)
HUNDRED = Decimal(100)
COUNT, SMALL, DECIMALS = st.integers(100, 500), st.integers(1, 50), st.integers(0, 2)


class Report:
    """Figures by what they are called here."""

    def __init__(self) -> None:
        self.figures: dict[str, Published] = {}

    def add(
        self, name: str, figure: str, value: Decimal | int, unit: str, days: Days = QUARTER, base: Days | None = None
    ) -> None:
        kpi, measure, *slices = figure.split(" ")
        where = parse_slices("".join(slices))
        line = len(self.figures) + 2
        self.figures[name] = Published(
            kpi, measure, where, *days, Decimal(value), unit, line, reported=QUARTER[1], base=base
        )

    def change(self, name: str, value: Decimal) -> None:
        self.figures[name] = replace(self.figures[name], value=value)

    def value(self, name: str) -> Decimal:
        return self.figures[name].value

    def found(self) -> list[tuple[str, set[str]]]:
        """Kind of each contradiction and gap, and the names of its figures."""
        names, sheet = list(self.figures), PublishedReport(list(self.figures.values()), load_definitions(), KNOWN)
        found = [(each.kind, {names[i] for i in each.figures}) for each in find_contradictions(sheet)]
        left = [("uncovered", {names[i] for i in (gap.total, *gap.family.parts)}) for gap in gaps(sheet)]
        return [*found, *left]


@st.composite
def reports(draw: st.DrawFn) -> Report:
    report = Report()
    channels = {channel: draw(COUNT) for channel in ("direct", "online", "post")}
    report.add("received", "online_dossier_rate received", sum(channels.values()), "dossiers")
    for channel, count in channels.items():
        report.add(channel, f"online_dossier_rate received channel={channel}", count, "dossiers")
    months = [draw(COUNT) for _ in MONTHS]
    for number, (days, count) in enumerate(zip(MONTHS, months, strict=True)):
        report.add(f"vehicles {number}", "gate_vehicles vehicles", count, "vehicles", days)
    now, before = sum(months), draw(st.integers(300, 1500))
    report.add("vehicles", "gate_vehicles vehicles", now, "vehicles")
    report.add("vehicles before", "gate_vehicles vehicles", before, "vehicles", YEAR_BEFORE)
    growth = round_half_up(HUNDRED * (now - before) / before, draw(DECIMALS))
    report.add("growth", "gate_vehicles vehicles", growth, "%", base=YEAR_BEFORE)
    report.add("increase", "gate_vehicles vehicles", now - before, "vehicles", base=YEAR_BEFORE)
    before, points = draw(st.integers(10, 40)), draw(st.integers(5, 50))
    report.add("rate", "feedback_resolved_rate rate", before + points, "%")
    report.add("rate before", "feedback_resolved_rate rate", before, "%", YEAR_BEFORE)
    report.add("points", "feedback_resolved_rate rate", points, "percentage points", base=YEAR_BEFORE)
    growth = round_half_up(HUNDRED * points / before, 0)
    report.add("rate growth", "feedback_resolved_rate rate", growth, "%", base=YEAR_BEFORE)
    start, orders = draw(COUNT), [draw(SMALL) for _ in MONTHS]
    report.add("orders before", "ecommerce_order_revenue orders", start, "orders", DAY_BEFORE)
    report.add("orders", "ecommerce_order_revenue orders", start + sum(orders), "orders", DAY)
    for number, (days, count) in enumerate(zip(MONTHS, orders, strict=True)):
        report.add(f"orders {number}", "ecommerce_order_revenue orders", count, "orders", days)
    threats = {severity: (draw(SMALL), draw(SMALL)) for severity in ("low", "medium", "high")}
    handled, others = (sum(pair[n] for pair in threats.values()) for n in (0, 1))
    decimals = draw(DECIMALS)
    for severity, (done, left) in {"": (handled, others), **threats}.items():
        rate = round_half_up(HUNDRED * done / (done + left), decimals)
        slices = f" severity={severity}" if severity else ""
        report.add(f"handled {severity}".strip(), f"security_threats handled_rate{slices}", rate, "%")
    signed = Decimal(draw(st.integers(1000, 9999))) / HUNDRED
    report.add("signed", "signed_document_rate rate", signed, "%")
    report.add("signed again", "signed_document_rate rate", round_half_up(signed, draw(DECIMALS)), "%")
    report.add("people", "postal_points people_per_point", draw(COUNT), "people", DAY)
    return report


def _off(name: str) -> Callable[[Report, int], str]:
    def change(report: Report, by: int) -> str:
        report.change(name, report.value(name) + by)
        return name

    return change


def _ratio(report: Report, _by: int) -> str:
    report.change("growth", report.value("growth") + HUNDRED)
    return "growth"


def _points(report: Report, _by: int) -> str:
    report.change("rate growth", report.value("points"))
    return "rate growth"


def _growth_for_points(report: Report, _by: int) -> str:
    report.change("points", report.value("rate growth"))
    return "points"


def _cut(report: Report, _by: int) -> str:
    now, before, decimals = report.value("vehicles"), report.value("vehicles before"), report.figures["growth"].decimals
    growth = (HUNDRED * (now - before) / before).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)
    assume(growth != report.value("growth"))
    report.change("growth", growth)
    return "growth"


def _cut_again(report: Report, _by: int) -> str:
    cut = report.value("signed").quantize(Decimal("0.1"), ROUND_DOWN)
    assume(report.value("signed") - cut > Decimal("0.05"))
    report.change("signed again", cut)
    return "signed again"


def _average(report: Report, by: int) -> str:
    parts = [report.value(f"handled {severity}") for severity in ("low", "medium", "high")]
    report.change("handled", max(parts) + by + 1)
    return "handled"


def _too_early(report: Report, by: int) -> str:
    last = QUARTER[1] + timedelta(days=by)
    report.figures["people"] = replace(report.figures["people"], first=last, last=last)
    return "people"


def _unnamed(report: Report, _by: int) -> str:
    del report.figures["post"]
    return "received"


FAULTS = {
    "a total beside all its parts": ("sum", _off("received")),
    "a part": ("sum", _off("online")),
    "a month": ("sum", _off("vehicles 1")),
    "a running total": ("sum", _off("orders")),
    "what a month added": ("sum", _off("orders 2")),
    "an increase": ("difference", _off("increase")),
    "a ratio called growth": ("ratio", _ratio),
    "percentage points called percent": ("points", _points),
    "percent called percentage points": ("points", _growth_for_points),
    "digits cut": ("cut", _cut),
    "digits cut the second time": ("cut", _cut_again),
    "another value the second time": ("twice", _off("signed again")),
    "a rate above all of its parts": ("average", _average),
    "a figure of after the report": ("period", _too_early),
    "a part that is not named": ("uncovered", _unnamed),
}


@settings(max_examples=40, deadline=None)
@given(reports())
def test_nothing_is_found_in_a_consistent_report(report: Report) -> None:
    assert report.found() == []


@pytest.mark.parametrize("fault", FAULTS)
@settings(max_examples=15, deadline=None)
@given(report=reports(), by=st.integers(2, 90))
def test_one_fault_is_found_and_only_that(fault: str, report: Report, by: int) -> None:
    kind, commit = FAULTS[fault]
    name = commit(report, by)
    ((found, figures),) = report.found()
    assert found == kind
    assert name in figures
