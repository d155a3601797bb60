"""The tables of the report on data quality, as its document, its workbook and its attached files have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.translation import Wording, join, msg
from screens import formats
from screens.documents.quality_report import QualityReport, Score
from screens.formats import with_unit
from screens.quality_tables import DIMENSION, RULES, in_words
from screens.texts import label, reason_text

BATCHES: Mapping[str, Wording] = {
    "feed": msg("Feed"),
    "published": msg("Batches published"),
    "blocked": msg("Batches blocked"),
    "failed": msg("Batches failed"),
    "fetched": msg("Fetched"),
    "loaded": msg("Loaded"),
    "unchanged": msg("Unchanged"),
    "superseded": msg("Superseded"),
    "quarantined": msg("Quarantined"),
}
MONTHS: Mapping[str, Wording] = {"month": msg("Month"), **DIMENSION}
SOURCES: Mapping[str, Wording] = {"source": msg("Source"), **DIMENSION}
INCIDENTS: Mapping[str, Wording] = {
    "incident_id": msg("Incident"),
    "what": msg("What happened"),
    "opened_at": msg("Opened"),
    "gone_at": msg("Gone"),
    "state": msg("State"),
}
KPIS: Mapping[str, Wording] = {
    "kpi": msg("KPI"),
    "value": msg("Value"),
    "status": msg("Status"),
    "reason": msg("Reason"),
    "receipt": msg("Receipt"),
}


@dataclass(frozen=True)
class ReportTable:
    """A table of the report: rows of values by the names of the columns."""

    name: str
    """Of its file, its sheet and its place."""
    sheet: Wording
    """Its short title, of a workbook's sheet."""
    title: Wording
    columns: Mapping[str, Wording]
    rows: Sequence[Mapping[str, Any]]
    note: Wording | None = None


def tables(report: QualityReport) -> list[ReportTable]:
    """In the order of the report."""
    more_rules = (
        msg("{count} more rules were broken: `ioc quality rules` lists them", count=report.more_rules)
        if report.more_rules
        else None
    )
    days = formats.period(report.whole.first, report.whole.last, report.language)
    whole = msg("Of whole months ({days}); a batch is of the month of its last day.", days=days)
    overlapping = msg("Batches with a day in the period, each counted whole.")
    more = (
        msg("{count} more incidents: `ioc incident list` has them", count=report.more_incidents)
        if report.more_incidents
        else None
    )
    return [
        ReportTable("months", msg("By month"), msg("Data quality by month (%)"), MONTHS, _months(report), whole),
        ReportTable("sources", msg("By source"), msg("Data quality by source (%)"), SOURCES, _sources(report), whole),
        ReportTable("batches", msg("Batches"), msg("Batches by feed"), BATCHES, report.batches, overlapping),
        ReportTable(
            "rules",
            msg("Rules"),
            msg("Worst rules"),
            RULES,
            in_words(report.rules, report.language),
            join([whole, more_rules], " ") if more_rules else whole,
        ),
        ReportTable("incidents", msg("Incidents"), msg("Incidents"), INCIDENTS, _incidents(report), more),
        ReportTable(
            "kpis",
            msg("KPIs"),
            msg("KPIs of the period"),
            _kpi_columns(report),
            _kpis(report),
            _without_receipts(report),
        ),
    ]


def _months(report: QualityReport) -> list[dict[str, Any]]:
    by_month: dict[Any, dict[str, Score | Any]] = {}
    for name, points in report.months.items():
        for month, value in points:
            by_month.setdefault(month, {"month": month})[name] = value
    return list(by_month.values())


def _sources(report: QualityReport) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for source, scores in report.sources.items():
        rows.append({"source": source} | {str(name): value for name, value in scores.items()})
    return rows


def _incidents(report: QualityReport) -> list[dict[str, Any]]:
    return [row | {"state": label(f"incident.{row['state']}", report.language)} for row in report.incidents]


def _kpi_columns(report: QualityReport) -> Mapping[str, Wording]:
    asked = any(one.receipt or one.no_receipt for one in report.kpis)
    return {name: text for name, text in KPIS.items() if asked or name != "receipt"}


def _without_receipts(report: QualityReport) -> Wording | None:
    """Why figures have none, each reason once."""
    reasons = {one.no_receipt.text("en"): one.no_receipt for one in report.kpis if one.no_receipt}
    return msg("Figures without a receipt: {reasons}", reasons=join(list(reasons.values()), "; ")) if reasons else None


def _kpis(report: QualityReport) -> list[dict[str, Any]]:
    language = report.language
    return [
        {
            "kpi": getattr(one.figure.name, language),
            "value": with_unit(one.figure.value, one.figure.unit, language),
            "status": label(f"status.{one.figure.status}", language),
            "reason": reason_text(one.figure.reason, language) or "",
            "receipt": receipt_name(one.figure.kpi) if one.receipt else formats.NOTHING,
        }
        for one in report.kpis
    ]


def receipt_name(kpi: str) -> str:
    """The file of a KPI's receipt, as it is attached."""
    return f"receipt-{kpi}.txt"
