"""What is said beside verdicts and contradictions: parts that leave something over, and why a figure may differ."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from kpis.definition import load_definitions
from reports.comparison import Reconciliation
from reports.coverage import gaps
from reports.sheet import PublishedReport
from tests.installation import reconcile
from tests.kpis.facts import Facts
from tests.reports.reports import DAY, HALF_YEAR, REFERENCE, figures

CASES = f"feedback_resolved_rate,received,{{}},{HALF_YEAR},{{}},cases"
RECEIVED = f"online_dossier_rate,received,{{}},{HALF_YEAR},{{}},dossiers"
FILES = f"soil_samples,files,{{}},{DAY},{{}},files"
NAMED = ("", 200), ("status=resolved", 80), ("status=in_progress", 115)


def _each(form: str, *slices: tuple[str, float | str]) -> list[str]:
    return [form.format(breakdown, value) for breakdown, value in slices]


def _missing(*rows: str) -> list[str]:
    """The arithmetic of every gap that a report leaves, without a hub."""
    return [gap.arithmetic.en for gap in gaps(PublishedReport(figures(*rows), load_definitions(), REFERENCE))]


def _said(reconciled: Reconciliation) -> list[tuple[str, str, list[int]]]:
    """Kind, text and lines of every finding."""
    published = [comparison.published for comparison in reconciled.comparisons]
    return [(f.kind, f.arithmetic.en, [published[i].line for i in f.figures]) for f in reconciled.findings]


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        pytest.param(
            _each(CASES, *NAMED),
            ["200 > 80 + 115 = 195; named parts do not cover the whole: 5 missing"],
            id="two of three values",
        ),
        pytest.param(_each(CASES, ("", 195), *NAMED[1:]), [], id="parts that are the whole"),
        pytest.param(_each(CASES, *NAMED[:2]), [], id="one part is an example"),
        pytest.param(
            [f"feedback_resolved_rate,received,,{HALF_YEAR},200,cases,,some", *_each(CASES, *NAMED[1:])],
            [],
            id="parts that the report calls examples",
        ),
        pytest.param(
            _each(RECEIVED, ("", 100), ("channel=direct", 60), ("channel=online", 38), ("channel=post", 1)),
            [],
            id="complete parts that fall short are a contradiction instead",
        ),
        pytest.param(
            _each(RECEIVED, ("level=3|4", 9), ("level=3|4;channel=online", 5), ("level=3|4;channel=direct", 3)),
            ["9 > 5 + 3 = 8; named parts do not cover the whole: 1 missing"],
            id="a whole that is a slice itself",
        ),
        pytest.param(
            _each(RECEIVED, ("", 9), ("level=4", 5), ("level=4;channel=online", 2), ("level=4;channel=direct", 3)),
            [],
            id="parts of a part belong to that one",
        ),
        pytest.param(
            _each(RECEIVED, ("", 9), ("level=4", 5), ("level=3|4", 7), ("level=2", 2)),
            [],
            id="another split of the same breakdown covers it",
        ),
        pytest.param(
            _each(FILES, ("", 200), ("kind=a", 80), ("kind=b", 115)),
            ["200 > 80 + 115 = 195; named parts do not cover the whole: 5 missing"],
            id="a KPI that nobody defined",
        ),
        pytest.param(
            _each(f"staff,age,{{}},{DAY},{{}},years", ("", 35), ("sex=f", 36), ("sex=m", 34)), [], id="a mean"
        ),
        pytest.param(
            _each(
                f"telecom_revenue,revenue,{{}},{HALF_YEAR},{{}},billion VND",
                ("", "601.4"),
                ("operator=vnpt", "200.4"),
                ("operator=viettel", "400.9"),
            ),
            [],
            id="what rounding explains is not missing",
        ),
    ],
)
def test_named_parts_that_do_not_cover_the_whole(rows: list[str], missing: list[str]) -> None:
    assert sorted(_missing(*rows)) == sorted(missing)


def _cases(facts: Facts, numbers: Mapping[str, int]) -> None:
    facts.publish("feedback.cases")
    for status, count in numbers.items():
        case = {"received_at": "2023-01-05T08:00:00+07:00", "status_code": status, "area": "05971"}
        facts.add("fact_feedback", [case] * count)


def test_the_hub_tells_what_it_has_of_the_rest(facts: Facts) -> None:
    _cases(facts, {"resolved": 8, "in_progress": 11, "refused": 2})
    rows = _each(CASES, ("", 21), ("status=resolved", 8), ("status=in_progress", 11))
    reconciled = reconcile(facts.connection, figures(*rows), "H37")
    missing = "21 > 8 + 11 = 19; named parts do not cover the whole: 2 missing"
    assert _said(reconciled) == [("uncovered", f"{missing}; of the rest the hub has 2: status=refused 2", [2, 3, 4])]
    assert reconciled.in_doubt == set()
    assert reconciled.unexplained == []
    assert reconciled.counts["remarks"] == 1
    assert reconciled.counts["findings"] == 0


def test_the_hub_tells_that_it_has_nothing_of_the_rest(facts: Facts) -> None:
    _cases(facts, {"resolved": 8, "in_progress": 11})
    rows = _each(CASES, ("", 21), ("status=resolved", 8), ("status=in_progress", 11))
    reconciled = reconcile(facts.connection, figures(*rows), "H37")
    assert [text.rpartition("; ")[2] for _, text, _ in _said(reconciled)] == [
        "the hub has nothing besides the named parts"
    ]
    assert [c.published.line for c in reconciled.unexplained] == [2]


def test_a_total_that_other_parts_contradict_is_not_said_to_miss_any(facts: Facts) -> None:
    rows = _each(RECEIVED, ("", 20), ("level=2", 4), ("level=3", 5), ("level=4", 6))
    rows += _each(RECEIVED, ("field=land", 7), ("field=justice", 8))
    reconciled = reconcile(facts.connection, figures(*rows), "H37")
    assert [kind for kind, _, _ in _said(reconciled)] == ["sum"]


def test_the_rest_of_areas_is_of_their_level(facts: Facts) -> None:
    facts.publish("feedback.cases")
    case = {"received_at": "2023-01-05T08:00:00+07:00"}
    for area, count in {"05971": 1, "05974": 2, "05977": 3, "20": 1}.items():
        facts.add("fact_feedback", [case | {"area": area}] * count)
    rows = _each(CASES, ("", 7), ("area=05971", 1), ("area=05974", 2))
    ((_, text, _),) = _said(reconcile(facts.connection, figures(*rows), "H37"))
    assert text.endswith("4 missing; of the rest the hub has 3: area=05977 3")


def test_what_the_hub_cannot_tell_of_the_rest_says_why(facts: Facts) -> None:
    rows = [*_each(FILES, ("", 9), ("kind=a", 5), ("kind=b", 3)), *_each(CASES, *NAMED)]
    said = [text.rpartition("; ")[2] for _, text, _ in _said(reconcile(facts.connection, figures(*rows), "H37"))]
    assert said == ["the hub does not compute this figure", "nothing of feedback.cases was ever loaded"]


@pytest.fixture
def two_of_three_online(facts: Facts) -> Facts:
    """Of three received dossiers two online; vehicles of three months."""
    facts.publish("dvc.dossiers")
    received = {"received_at": "2023-01-05T08:00:00+07:00", "area": "05971"}
    facts.add("fact_dossier", [received | {"channel_code": channel} for channel in ("online", "online", "direct")])
    facts.publish("gate.vehicles")
    for moment, count in {"2023-01-05": 46, "2023-02-05": 16, "2023-03-05": 46}.items():
        facts.add("fact_vehicle", [{"processed_at": f"{moment}T08:00:00+07:00"}] * count)
    return facts


VEHICLES = "gate_vehicles,vehicles,,{},{},vehicles"
JANUARY, FEBRUARY, MARCH = "2023-01-01,2023-01-31", "2023-02-01,2023-02-28", "2023-03-01,2023-03-31"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([f"online_dossier_rate,rate,,{HALF_YEAR},66.67,%"], []),
        (
            [f"online_dossier_rate,rate,,{HALF_YEAR},66.6,%"],
            [("cut", "the hub has 66.667: cut instead of rounded, which gives 66.7", [2])],
        ),
        ([f"online_dossier_rate,rate,,{HALF_YEAR},66.5,%"], []),
        (
            [VEHICLES.format(JANUARY, 46000)],
            [("unit", "the hub has 46: published is 1,000 times as much", [2])],
        ),
        (
            [VEHICLES.format(JANUARY, 46000000)],
            [("unit", "the hub has 46: published is 1,000,000 times as much", [2])],
        ),
        (
            [VEHICLES.format(JANUARY, "0.046")],
            [("unit", "the hub has 46: published is it divided by 1,000", [2])],
        ),
        ([VEHICLES.format(JANUARY, 47000), VEHICLES.format(FEBRUARY, 0)], []),
        (
            [
                f"gate_vehicles,declared_online,,{HALF_YEAR},100,%",
                RECEIVED.format("channel=online", 1),
                RECEIVED.format("channel=direct", 2),
            ],
            [("swapped", "the hub has 2 and 1: the values of two lines are swapped", [3, 4])],
        ),
        (
            [f"gate_vehicles,vehicles,,{MARCH},300,%,,,{FEBRUARY}"],
            [("ratio", "the hub has 187.5: 287.5 is the ratio, not the growth", [2])],
        ),
        (
            [f"gate_vehicles,vehicles,,{FEBRUARY},35,%,,,{JANUARY}"],
            [("ratio", "the hub has -65.22: 34.78 is the ratio, not the growth", [2])],
        ),
        ([f"gate_vehicles,vehicles,,{FEBRUARY},-65.2,%,,,{JANUARY}"], []),
        ([f"gate_vehicles,vehicles,,{FEBRUARY},-30,vehicles,,,{JANUARY}"], []),
        ([f"gate_vehicles,growth,,{FEBRUARY},-65.22,%,,,{JANUARY}"], []),
    ],
)
def test_why_a_figure_differs(
    two_of_three_online: Facts, rows: list[str], found: list[tuple[str, str, list[int]]]
) -> None:
    reconciled = reconcile(two_of_three_online.connection, figures(*rows), "H37")
    assert _said(reconciled) == found
    assert "not_computable" not in {comparison.verdict for comparison in reconciled.comparisons}
    named = {line for _, _, lines in found for line in lines}
    assert named <= {comparison.published.line for comparison in reconciled.unexplained}


def test_the_change_since_another_period_is_computed(two_of_three_online: Facts) -> None:
    form = f"gate_vehicles,vehicles,,{FEBRUARY},{{}},{{}},,,{JANUARY}"
    rates = f"online_dossier_rate,rate,,{HALF_YEAR},0,{{}},,,2023-01-01,2023-03-31"
    rows = [form.format(-30, "vehicles"), form.format("-65.2", "%"), rates.format("percentage points")]
    rows += [form.format(1, "dossiers"), form.format(1, "percentage points")]
    comparisons = reconcile(two_of_three_online.connection, figures(*rows), "H37").comparisons
    assert [(c.verdict, c.computed and round(c.computed, 2)) for c in comparisons] == [
        ("equal", Decimal(-30)),
        ("rounded", Decimal("-65.22")),
        ("equal", Decimal(0)),
        ("not_computable", None),
        ("not_computable", None),
    ]


def test_a_figure_that_the_report_contradicts_gets_no_other_cause(two_of_three_online: Facts) -> None:
    rows = [*_each(RECEIVED, ("", 3), ("channel=online", 2)), f"online_dossier_rate,rate,,{HALF_YEAR},66.6,%"]
    reconciled = reconcile(two_of_three_online.connection, figures(*rows), "H37")
    assert [kind for kind, _, _ in _said(reconciled)] == ["cut"]
    assert [finding.is_contradiction for finding in reconciled.findings] == [True]
    assert reconciled.unexplained == []
