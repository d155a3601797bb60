"""A report made from true numbers, rounded as printed, is never accused; one wrong digit in it always is."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hub.units import round_half_up
from kpis.definition import load_definitions
from kpis.slices import parse_slices
from reports.contradictions import Finding, find_contradictions
from reports.published import Published
from reports.sheet import PublishedReport
from tests.reports.reports import REFERENCE

COUNTS = st.integers(0, 100_000)
DECIMALS = st.integers(0, 2)
FIRST, LAST = "2023-01-01", "2023-06-30"
DAY_BEFORE, DAY = date(2022, 12, 31), date(2023, 6, 30)
HUNDRED = Decimal(100)


class Report:
    """Figures as an author would print them."""

    def __init__(self) -> None:
        self.figures: list[Published] = []

    def print(
        self, kpi: str, measure: str, breakdown: str, value: Decimal | int, decimals: int, unit: str, first: str = FIRST
    ) -> int:
        printed = round_half_up(Decimal(value), decimals)
        days = (date.fromisoformat(first), DAY)
        where = parse_slices(breakdown)
        self.figures.append(Published(kpi, measure, where, *days, printed, unit, len(self.figures) + 2))
        return len(self.figures) - 1

    def findings(self) -> list[Finding]:
        return find_contradictions(PublishedReport(self.figures, load_definitions(), REFERENCE))


@st.composite
def dossiers(draw: st.DrawFn, report: Report) -> None:
    """Levels and channels in full, in part, or only in sums; rates of what is there."""
    levels, channels = ("2", "3", "4"), ("direct", "online", "post")
    counts = {(level, channel): draw(COUNTS) for level in levels for channel in channels}
    total = sum(counts.values())
    slices = {"": total} | {f"level={v}": sum(counts[v, c] for c in channels) for v in levels}
    slices |= {f"channel={c}": sum(counts[v, c] for v in levels) for c in channels}
    slices |= {f"channel={c};level={v}": counts[v, c] for v in levels for c in channels}
    slices["level=3|4"] = slices["level=3"] + slices["level=4"]
    kpi = "online_dossier_rate"
    for breakdown in draw(st.permutations(sorted(slices))):
        if draw(st.booleans()):
            report.print(kpi, "received", breakdown, slices[breakdown], 0, "dossiers")
    for breakdown in ("", "level=4", "level=3|4"):
        received = slices[breakdown]
        online = sum(counts[v, "online"] for v in levels if not breakdown or v in breakdown)
        if received and draw(st.booleans()):
            report.print(kpi, "rate", breakdown, HUNDRED * online / received, draw(DECIMALS), "%")


@st.composite
def press(draw: st.DrawFn, report: Report) -> None:
    """Articles and shares, all sentiments or some."""
    counts = {sentiment: draw(COUNTS) for sentiment in ("positive", "negative", "neutral")}
    total, kpi = sum(counts.values()), "positive_press_rate"
    if draw(st.booleans()):
        report.print(kpi, "articles", "", total, 0, "articles")
    for sentiment, count in counts.items():
        if draw(st.booleans()):
            report.print(kpi, "articles", f"sentiment={sentiment}", count, 0, "articles")
        if total and draw(st.booleans()):
            report.print(kpi, "rate", f"sentiment={sentiment}", HUNDRED * count / total, draw(DECIMALS), "%")


@st.composite
def revenue(draw: st.DrawFn, report: Report) -> None:
    """Billions, every figure rounded by itself."""
    operators, kpi, decimals = {o: draw(COUNTS) for o in ("vnpt", "viettel", "mobifone")}, "telecom_revenue", 1
    for operator, dong in operators.items():
        report.print(kpi, "revenue", f"operator={operator}", Decimal(dong) / 777, decimals, "billion VND")
    report.print(kpi, "revenue", "", Decimal(sum(operators.values())) / 777, draw(DECIMALS), "billion VND")


@st.composite
def shop(draw: st.DrawFn, report: Report) -> None:
    """Running totals, what was added, and how they grew."""
    start, added = draw(st.integers(1, 100_000)), draw(COUNTS)
    report.print("ecommerce_transactions", "transactions", "", start + added, 0, "transactions", LAST)
    day_before = replace(report.figures[-1], first=DAY_BEFORE, last=DAY_BEFORE, value=Decimal(start))
    report.figures.append(day_before)
    report.print("ecommerce_transactions", "transactions", "", added, 0, "transactions", FIRST)
    growth = HUNDRED * added / start
    report.print("ecommerce_transactions", "growth", "", growth, draw(DECIMALS), "%", DAY_BEFORE.isoformat())


@st.composite
def points(draw: st.DrawFn, report: Report) -> None:
    """Means against reference data."""
    count = draw(st.integers(1, 5000))
    people, surface = REFERENCE.populations[2023], REFERENCE.area_km2
    assert surface is not None
    radius = (Decimal("0.3183098861837907") * surface / count).sqrt()
    report.print("postal_points", "points", "", count, 0, "points", LAST)
    report.print("postal_points", "people_per_point", "", people / count, draw(DECIMALS), "people", LAST)
    report.print("postal_points", "radius", "", radius, draw(DECIMALS), "km", LAST)


@st.composite
def undefined(draw: st.DrawFn, report: Report) -> None:
    """A KPI that nobody defined: a total, some of its parts; and a mean with its parts."""
    parts = [draw(COUNTS) for _ in range(draw(st.integers(2, 5)))]
    report.print("staff", "files", "", sum(parts), 0, "files")
    ages = [draw(st.integers(18, 65)) for _ in parts]
    mean = Decimal(sum(a * n for a, n in zip(ages, parts, strict=True))) / max(1, sum(parts))
    report.print("staff", "age", "", mean, draw(DECIMALS), "years")
    for number, (files, age) in enumerate(zip(parts, ages, strict=True)):
        if draw(st.booleans()):
            report.print("staff", "files", f"kind=k{number}", files, 0, "files")
        report.print("staff", "age", f"kind=k{number}", age, 0, "years")


SECTIONS = (dossiers, press, revenue, shop, points, undefined)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    report = Report()
    for section in SECTIONS:
        draw(section(report))
    return report


@given(reports())
def test_a_consistent_report_is_not_accused(report: Report) -> None:
    found = report.findings()
    assert not found, [(f.arithmetic.en, [report.figures[i] for i in f.figures]) for f in found]


@st.composite
def figures_with_a_check(draw: st.DrawFn) -> tuple[Report, int, str]:
    """A whole report of which one figure that others determine is then printed wrong, beyond rounding."""
    report = Report()
    a, b = draw(st.integers(1, 100_000)), draw(st.integers(1, 100_000))
    form = ("online_dossier_rate", "received")
    report.print(*form, "level=3|4", a + b, 0, "dossiers")
    report.print(*form, "level=3|4;channel=direct", a, 0, "dossiers")
    report.print(*form, "level=3|4;channel=online", b, 0, "dossiers")
    report.print(*form, "level=3|4;channel=post", 0, 0, "dossiers")
    report.print("online_dossier_rate", "rate", "level=3|4", HUNDRED * b / (a + b), draw(DECIMALS), "%")
    draw(shop(report))
    draw(points(report))
    index = draw(st.sampled_from([0, 1, 2, 4, 5, 6, 7, 8, 10, 11]))
    return report, index, draw(st.sampled_from("0123456789"))


@given(figures_with_a_check(), st.data())
def test_one_wrong_digit_in_a_figure_that_others_determine_is_found(
    made: tuple[Report, int, str], data: st.DataObject
) -> None:
    report, index, digit = made
    printed = str(report.figures[index].value)
    place = data.draw(
        st.sampled_from([n for n, letter in enumerate(printed) if letter not in (".", "-", digit)] or [0])
    )
    wrong = printed[:place] + digit + printed[place + 1 :]
    if wrong == printed:
        return
    report.figures[index] = replace(report.figures[index], value=Decimal(wrong))
    found = report.findings()
    assert found
    assert any(index in finding.figures for finding in found), [f.arithmetic.en for f in found]
