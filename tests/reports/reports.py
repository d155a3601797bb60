"""Small reports written by hand, and what is found in them without a hub."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from kpis.definition import load_definitions
from kpis.slices import parse_slices
from reports.contradictions import Finding, find_contradictions
from reports.published import Parts, Published
from reports.references import CodeList, Reference
from reports.sheet import PublishedReport

HEADER = "kpi,measure,breakdown,from,to,value,unit,note\n"
HALF_YEAR = "2023-01-01,2023-06-30"
DAY = "2023-06-30,2023-06-30"
PARTS: dict[str, Parts] = {"all": "all", "some": "some"}


def _codes(values: str, *views: str) -> CodeList:
    return CodeList(frozenset(values.split()), frozenset(views) or None)


REFERENCE = Reference(
    {
        "level": [_codes("2 3 4")],
        "channel": [_codes("direct online post")],
        "timeliness": [_codes("on_time late")],
        "coverage": [_codes("good weak none")],
        "sentiment": [_codes("positive negative neutral")],
        "account": [_codes("citizen_app payment commerce")],
        "platform": [_codes("postmart voso"), _codes("none", "accounts")],
        "kind": [_codes("fixed mobile", "subscribers"), _codes("post_office culture_post agent", "post_points")],
        "gate": [_codes("huu_nghi tan_thanh chi_ma")],
        "direction": [_codes("export import")],
        "operator": [_codes("vnpt viettel mobifone")],
        "technology": [_codes("2G 3G 4G 5G")],
    },
    {2022: Decimal(810700), 2023: Decimal(805794)},
    Decimal(8310),
    {("digital_account_plan_rate", 2023): {"account=citizen_app": Decimal(1000), "account=payment": Decimal(500)}},
)


def figures(*rows: str) -> list[Published]:
    """Figures from rows `kpi,measure,breakdown,from,to,value,unit`, numbered as lines of a file; behind these may
    follow `reported,parts,base_from,base_to`."""
    read = []
    for line, row in enumerate(rows, 2):
        kpi, measure, breakdown, first, last, value, unit, *more = row.split(",")
        reported, parts, *base = [*more, *[""] * (4 - len(more))]
        figure = Published(kpi, measure, parse_slices(breakdown), *_days(first, last), Decimal(value), unit, line)
        read.append(
            replace(
                figure,
                reported=date.fromisoformat(reported) if reported else None,
                parts=PARTS.get(parts),
                base=_days(*base) if all(base) else None,
            )
        )
    return read


def _days(first: str, last: str) -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(last)


def findings(*rows: str, reference: Reference = REFERENCE) -> list[Finding]:
    return find_contradictions(PublishedReport(figures(*rows), load_definitions(), reference))


def said(*rows: str) -> list[tuple[str, str]]:
    """Kind and arithmetic (in English) of everything found."""
    return [(finding.kind, finding.arithmetic.en) for finding in findings(*rows)]
