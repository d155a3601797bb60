"""What the two published reports of Lạng Sơn contradict themselves in: this, and nothing else."""

import psycopg
import pytest

from kpis.definition import load_definitions
from reports.contradictions import find_contradictions
from reports.coverage import gaps
from reports.published import read_published
from reports.references import read_reference
from reports.sheet import PublishedReport
from tests.installation import PUBLISHED
from tests.kpis.facts import Facts

FINDINGS = {
    "langson-2022.csv": [
        ("cut", "45.97 ≠ 100 × 23,256 ÷ 50,582 = 45.9768; cut instead of rounded, which gives 45.98", [10]),
        ("quotient", "3.2 ≠ √(1/π × 8,310 km² ÷ 268) = 3.142", [34]),
        ("cut", "55 ≠ 100 × (18,488 − 11,889) ÷ 11,889 = 55.51; cut instead of rounded, which gives 56", [37]),
        ("growth", "130 ≠ 100 × (21,756 − 9,087) ÷ 9,087 = 139.42", [40]),
        ("sum", "2,200 ≠ 990 + 352 + 792 = 2,134", [52, 56, 57, 58, 124]),
        ("quotient", "46 ≠ 100 × 990 ÷ 2,200 = 45; by the sum of the parts: 46.39", [56]),
        ("quotient", "17 ≠ 100 × 352 ÷ 2,200 = 16; by the sum of the parts: 16.49", [57]),
        ("quotient", "37 ≠ 100 × 792 ÷ 2,200 = 36; by the sum of the parts: 37.11", [58]),
    ],
    "langson-2023.csv": [
        ("part", "1,723 − 882 = 841 > 1,810 − 999 = 811", [138]),
        ("part", "462 > 420 (full_online_service_rate services level=3)", [17, 18]),
        ("sum", "622,072 ≠ 219,913 + 265,399 + 237,184 = 722,496", [54, 63]),
        ("quotient", "131 ≠ 100 × 622,072 ÷ 477,463 planned = 130.29; by the sum of the parts: 151.32", [63]),
        ("sum", "8,015 ≠ 7,853 + 118 + 45 = 8,016", [107, 108]),
    ],
}
"""Kind, arithmetic, and the lines of the file that are in doubt."""
GAPS = {
    "langson-2023.csv": [
        "17 > 2 + 3 = 5; named parts do not cover the whole: 12 missing",
        "17 > 1 + 4 + 2 + 2 + 1 + 1 + … (1 more) = 12; named parts do not cover the whole: 5 missing",
    ]
}
"""Totals of which a file names not all parts: of the station sites approved, those of two classes, and of some
districts those of the third."""


@pytest.mark.parametrize("report", FINDINGS)
def test_a_report_contradicts_itself_in_just_this(owner: psycopg.Connection, report: str) -> None:
    figures = read_published(PUBLISHED / report)
    sheet = PublishedReport(figures, load_definitions(), read_reference(owner, "H37"))
    found = find_contradictions(sheet)
    assert [(f.kind, f.arithmetic.en, [figures[i].line for i in f.in_doubt]) for f in found] == FINDINGS[report]
    assert [gap.arithmetic.en for gap in gaps(sheet)] == GAPS.get(report, [])


def test_values_that_come_with_the_data_are_never_taken_for_all_there_are(facts: Facts) -> None:
    facts.add("fact_service", [{"day": "2023-06-30", "field": "land"}])
    closed = read_reference(facts.connection, "H37").code_lists
    assert {"sentiment", "gate", "level"} < closed.keys()
    assert not closed.keys() & {"field", "organisation", "ministry", "area"}
