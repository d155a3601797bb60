"""The report on data quality as a document, with its tables and the receipts in it, and as a workbook."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from xlsxwriter.utility import xl_rowcol_to_cell

from hub.periods import first_of_month
from hub.sheets import Cell, Sheet, Value, write_csv, write_workbook
from hub.translation import Message, msg
from reports.report_file import ReportFile
from screens import formats
from screens.api import files
from screens.charts.chart_file import drawing_file
from screens.charts.series import Point
from screens.charts.trend import NARROW, trend
from screens.documents.quality_report import QualityReport, ReportedKpi
from screens.documents.report_tables import ReportTable, receipt_name, tables
from screens.documents.typesetting import write_pdf
from screens.formats import NOTHING, period
from screens.quality import WITHHELD
from screens.quality_tables import DIMENSION
from screens.texts import Language, say
from warehouse.quality_dimensions import Dimension

Kind = Literal["pdf", "xlsx"]
_CSV, _TEXT = "text/csv", "text/plain"
_SHARES: dict[str, tuple[int, ...]] = {
    "months": (2, 2, 2, 2, 2, 2),
    "sources": (3, 2, 2, 2, 2, 2),
    "batches": (5, 2, 2, 2, 2, 2, 2, 2, 2),
    "rules": (4, 5, 3, 2, 2, 2, 2, 2),
    "incidents": (1, 8, 3, 3, 2),
    "kpis": (6, 3, 2, 5, 4),
}
"""How wide the columns of a table are beside each other."""
_NUMBERS = frozenset(DIMENSION) | {
    *("published", "blocked", "failed", "fetched", "loaded", "unchanged", "superseded", "quarantined"),
    *("runs", "broken", "evaluated", "share"),
}
_WITHHELD = msg(
    "{mark}, or a gap in a chart, stands where a figure would tell that 1 to 4 records about persons broke a rule.",
    mark=WITHHELD,
)


def quality_pdf(report: QualityReport, notice: str | None = None) -> bytes:
    """PDF/A-3a: all tables, a trend of each dimension, and as attached files the tables, the KPIs' figures and their
    receipts. `notice` is what must be known of all of it."""
    language = report.language
    attached = _attachments(report)
    pictures = {f"trend-{name}.svg": _picture(report, name) for name in report.months if _points(report, name)}
    parts = [_part(one, language) for one in tables(report)]
    parts[0]["pictures"] = [
        {"file": file, "title": say(title, language), "told": say("{name}: trend", language, name=say(title, language))}
        for name, title in DIMENSION.items()
        if (file := f"trend-{name}.svg") in pictures
    ]
    told = {
        "language": language,
        "title": say(msg("Report on data quality"), language),
        "author": say(msg("Operations centre of {province}", province=report.province.name), language),
        "subtitle": period(report.period.first, report.period.last, language),
        "notice": notice,
        "foot": say(msg("Made on {moment}", moment=formats.moment(report.made_at, language)), language),
        "lead": say(_lead(report), language),
        "withheld": say(_WITHHELD, language) if report.withholds else None,
        "empty": say(msg("There is nothing in this period."), language),
        "parts": parts,
        "attachments_title": say(msg("Attached files"), language),
        "attachments": [{"name": name, "kind": kind, "told": words} for name, (kind, words, _) in attached.items()],
    }
    return write_pdf(
        "quality", told, report.made_at, {**pictures, **{name: body for name, (_, _, body) in attached.items()}}
    )


def quality_xlsx(report: QualityReport, notice: str | None = None) -> bytes:
    """The same tables; shares and totals are formulas beside the values that they had."""
    language = report.language
    about: list[Sequence[Value | Cell]] = [
        (say(msg("Report"), language), say(msg("Report on data quality"), language)),
        (say("Province", language), report.province.name),
        (say("From", language), report.period.first),
        (say("To", language), report.period.last),
        (say(msg("Made"), language), report.made_at),
        *([(say("Notice", language), notice)] if notice else []),
        *([(say("Remark", language), say(_WITHHELD, language))] if report.withholds else []),
    ]
    sheets = [_sheet(one, report, language) for one in tables(report)]
    return write_workbook([*sheets, Sheet(say("About", language), (), about)])


def quality_file(report: QualityReport, body: bytes, kind: Kind, *, is_simulated: bool) -> ReportFile:
    """The report in one of its forms, as it is filed."""
    code, days = report.province.code, f"{report.period.first}_{report.period.last}"
    name = f"{'simulated-' if is_simulated else ''}quality-{code}-{days}.{kind}"
    return ReportFile("quality", name, code, report.period, body, len(report.kpis))


def _lead(report: QualityReport) -> Message:
    counts = {name: sum(row[name] for row in report.batches) for name in ("published", "blocked", "failed")}
    return msg(
        "{published} batches were published, {blocked} blocked, {failed} failed; {incidents} incidents were open. A"
        " score is the share of rows that held each rule, in the mean of the rules.",
        **counts,
        incidents=len(report.incidents) + report.more_incidents,
    )


def _part(table: ReportTable, language: Language) -> dict[str, Any]:
    return {
        "title": say(table.title, language),
        "note": say(table.note, language) if table.note else None,
        "columns": _SHARES[table.name][: len(table.columns)],
        "heads": [say(text, language) for text in table.columns.values()],
        "rows": [[_written(row[name], language, name) for name in table.columns] for row in table.rows],
        "numbers": [place for place, name in enumerate(table.columns) if name in _NUMBERS],
    }


def _written(value: Any, language: Language, column: str) -> str:
    if column == "month":
        return period(value, first_of_month(value, 1) - timedelta(days=1), language)
    if isinstance(value, datetime):
        return formats.moment(value, language)
    if isinstance(value, date):
        return formats.day(value, language)
    if isinstance(value, Decimal | int) and not column.endswith("_id"):
        return formats.number(value, language, 1 if isinstance(value, Decimal) else None)
    return NOTHING if value is None else str(value)


def _points(report: QualityReport, name: Dimension) -> list[Point]:
    points = [
        Point(month, first_of_month(month, 1) - timedelta(days=1), value if isinstance(value, Decimal) else None)
        for month, value in report.months[name]
    ]
    return points if any(point.value is not None for point in points) else []


def _picture(report: QualityReport, name: Dimension) -> bytes:
    return drawing_file(trend(name, "", "%", _points(report, name), report.language, NARROW))


def _attachments(report: QualityReport) -> dict[str, tuple[str, str, bytes]]:
    """Name → kind, what it is, its bytes."""
    language = report.language
    made = {
        f"{one.name}.csv": (
            _CSV,
            say(one.title, language),
            write_csv(one.columns, ([row[name] for name in one.columns] for row in one.rows)),
        )
        for one in tables(report)
        if one.name != "kpis"
    }
    told = say(msg("The KPIs' figures"), language)
    made["figures.csv"] = (_CSV, told, files.csv([one.figure for one in report.kpis], language))
    for one in report.kpis:
        if one.receipt is not None:
            words = say(msg("Receipt of {kpi}", kpi=getattr(one.figure.name, language)), language)
            made[receipt_name(one.figure.kpi)] = (_TEXT, words, f"{one.receipt}\n".encode())
    return made


def _sheet(table: ReportTable, report: QualityReport, language: Language) -> Sheet:
    heads = [say(text, language) for text in table.columns.values()]
    rows: list[Sequence[Value | Cell]] = [[_cell(row[name]) for name in table.columns] for row in table.rows]
    names = list(table.columns)
    if table.name == "rules":
        rows = [_with_share(cells, names, place) for place, cells in enumerate(rows, 1)]
    if table.name == "batches" and rows:
        rows.append(_sums(rows, names, say(msg("Sum of the numbers above"), language)))
    if table.name == "kpis":
        heads = [*heads, say("Numerator", language), say("Denominator", language), say(msg("Computed"), language)]
        rows = [
            [*cells, *_computed(one, place, len(names))]
            for place, (cells, one) in enumerate(zip(rows, report.kpis, strict=True), 1)
        ]
    return Sheet(say(table.sheet, language), heads, rows)


def _cell(value: Any) -> Value:
    return float(value) if isinstance(value, Decimal) else value


def _with_share(cells: Sequence[Value | Cell], names: Sequence[str], place: int) -> list[Value | Cell]:
    failed, evaluated, share = (names.index(name) for name in ("failed", "evaluated", "share"))
    made = list(cells)
    if isinstance(made[failed], int) and isinstance(made[evaluated], int) and made[evaluated]:
        ends = xl_rowcol_to_cell(place, failed), xl_rowcol_to_cell(place, evaluated)
        made[share] = Cell(made[share], formula=f"=ROUND(100*{ends[0]}/{ends[1]},2)")  # type: ignore[arg-type]
    return made


def _sums(rows: Sequence[Sequence[Value | Cell]], names: Sequence[str], title: str) -> list[Value | Cell]:
    made: list[Value | Cell] = [Cell(title, is_bold=True)]
    for column in range(1, len(names)):
        known = [row[column] for row in rows if isinstance(row[column], int)]
        ends = xl_rowcol_to_cell(1, column), xl_rowcol_to_cell(len(rows), column)
        made.append(Cell(sum(known), is_bold=True, formula=f"=SUM({ends[0]}:{ends[1]})"))  # type: ignore[arg-type]
    return made


def _computed(one: ReportedKpi, place: int, column: int) -> list[Value | Cell]:
    """Numerator and denominator of a rate, and the rate as a formula of them."""
    figure = one.figure
    if figure.value is None or not figure.numerator or not figure.denominator:
        return [_cell(figure.numerator), _cell(figure.denominator), _cell(figure.value)]
    ends = xl_rowcol_to_cell(place, column), xl_rowcol_to_cell(place, column + 1)
    times = figure.value * figure.denominator / figure.numerator
    factor = round(times)
    if abs(times - factor) > Decimal("1e-6"):  # no simple rate
        return [_cell(figure.numerator), _cell(figure.denominator), _cell(figure.value)]
    computed = Cell(_cell(figure.value), "0.00", formula=f"={factor}*{ends[0]}/{ends[1]}")
    return [_cell(figure.numerator), _cell(figure.denominator), computed]
