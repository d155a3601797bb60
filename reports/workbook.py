"""A reconciliation as a workbook that people pass around: figures, contradictions, and where it all comes from."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from hub.errors import Abort
from kpis.availability import VIETNAM
from reports.comparison import Comparison, Reconciliation, Verdict
from reports.texts import KINDS, VERDICTS

Say = Callable[[str, str], str]
Value = str | int | Decimal | date | None
_COLOURS: dict[Verdict, str] = {"equal": "C6EFCE", "rounded": "E2F0D9", "differs": "FFC7CE", "not_computable": "D9D9D9"}
_DOUBT = "FFEB9C"
_FORMULA = re.compile(r"[=+\-@\t\r]")
"""First characters at which a spreadsheet takes a text for a formula."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST = 60


@dataclass(frozen=True)
class About:
    """Which file was reconciled, for whom and when."""

    file: str
    sha256: str
    province: str
    made_at: datetime

    @classmethod
    def of(cls, path: Path, province: str) -> "About":
        """Of a file as it is now. Raises Abort when it cannot be read."""
        try:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise Abort(
                f"Không đọc được {path}: {error.strerror}.", f"{path} cannot be read: {error.strerror}."
            ) from None
        return cls(path.name, sha256, province, datetime.now(VIETNAM))


def write_workbook(path: Path, reconciliation: Reconciliation, about: About, say: Say) -> None:
    """Three sheets in the language of `say`. Raises Abort when the file cannot be written."""
    book = Workbook()
    book.remove(book.worksheets[0])
    _figures(book.create_sheet(say("Số liệu", "Figures")), reconciliation, say)
    _findings(book.create_sheet(say("Mâu thuẫn", "Contradictions")), reconciliation, say)
    _about(book.create_sheet(say("Thông tin", "About")), reconciliation, about, say)
    try:
        book.save(path)
    except OSError as error:
        raise Abort(
            f"Không ghi được {path}: {error.strerror}.", f"{path} cannot be written: {error.strerror}."
        ) from None


def _figures(sheet: Worksheet, reconciliation: Reconciliation, say: Say) -> None:
    header = [
        say("Dòng", "Line"),
        say("Chỉ tiêu", "KPI"),
        say("Số đo", "Measure"),
        say("Phân tổ", "Breakdown"),
        say("Từ ngày", "From"),
        say("Đến ngày", "To"),
        say("Công bố", "Published"),
        say("Tính được", "Computed"),
        say("Chênh lệch", "Difference"),
        say("Chênh lệch %", "Difference %"),
        say("Đơn vị", "Unit"),
        say("Kết luận", "Verdict"),
        say("Mâu thuẫn số", "Contradicted by"),
        say("Lý do", "Reason"),
        say("Dữ liệu đến ngày", "Data as of"),
    ]
    numbers = [
        ", ".join(str(n) for n, finding in enumerate(reconciliation.findings, 1) if index in finding.in_doubt)
        for index in range(len(reconciliation.comparisons))
    ]
    rows = [_figure(one, doubt, say) for one, doubt in zip(reconciliation.comparisons, numbers, strict=True)]
    _table(sheet, header, rows)
    for row, comparison, doubt in zip(sheet.iter_rows(2), reconciliation.comparisons, numbers, strict=False):
        decimals = comparison.published.decimals
        for cell, digits in ((row[6], decimals), (row[7], decimals + 2), (row[8], decimals + 2), (row[9], 2)):
            cell.number_format = "#,##0" + (f".{'0' * digits}" if digits else "")
        row[11].fill = PatternFill("solid", fgColor=_COLOURS[comparison.verdict])
        if doubt:
            row[12].fill = PatternFill("solid", fgColor=_DOUBT)


def _figure(comparison: Comparison, findings: str, say: Say) -> list[Value]:
    published, reason = comparison.published, comparison.reason
    return [
        published.line,
        published.kpi,
        published.measure,
        published.breakdown,
        published.first,
        published.last,
        published.value,
        comparison.computed,
        comparison.difference,
        comparison.difference_pct,
        published.unit,
        say(*VERDICTS[comparison.verdict]),
        findings,
        say(reason.vi, reason.en) if reason else None,
        comparison.data_as_of,
    ]


def _findings(sheet: Worksheet, reconciliation: Reconciliation, say: Say) -> None:
    header = [
        say("Số", "No."),
        say("Loại", "Kind"),
        say("Chỉ tiêu", "KPI"),
        say("Số đo", "Measure"),
        say("Phân tổ", "Breakdown"),
        say("Phép tính", "Arithmetic"),
        say("Các dòng", "Lines"),
        say("Dòng nghi vấn", "Lines in doubt"),
    ]
    figures = [comparison.published for comparison in reconciliation.comparisons]
    rows: list[list[Value]] = []
    for number, finding in enumerate(reconciliation.findings, 1):
        published = figures[finding.derived[0]]
        lines = [", ".join(str(figures[i].line) for i in each) for each in (finding.figures, finding.in_doubt)]
        arithmetic = say(finding.arithmetic.vi, finding.arithmetic.en)
        kind = say(*KINDS[finding.kind])
        rows.append([number, kind, published.kpi, published.measure, published.breakdown, arithmetic, *lines])
    _table(sheet, header, rows)


def _about(sheet: Worksheet, reconciliation: Reconciliation, about: About, say: Say) -> None:
    loaded = max((c.loaded_at for c in reconciliation.comparisons if c.loaded_at), default=None)
    as_of = max((c.data_as_of for c in reconciliation.comparisons if c.data_as_of), default=None)
    verdicts: list[list[Value]] = [[say(*text), reconciliation.counts[verdict]] for verdict, text in VERDICTS.items()]
    _table(
        sheet,
        [say("Mục", "Item"), say("Giá trị", "Value")],
        [
            [say("Tệp", "File"), about.file],
            ["SHA-256", about.sha256],
            [say("Tỉnh", "Province"), about.province],
            [say("Đối chiếu lúc", "Reconciled at"), about.made_at.isoformat(timespec="seconds")],
            [say("Dữ liệu của kho đến ngày", "The hub's data as of"), as_of],
            [
                say("Nạp lần cuối lúc", "Last loaded at"),
                loaded.astimezone(VIETNAM).isoformat(timespec="seconds") if loaded else None,
            ],
            *verdicts,
            [say("Chỗ báo cáo tự mâu thuẫn", "Contradictions in the report"), len(reconciliation.findings)],
            [say("Số liệu nghi vấn", "Figures in doubt"), len(reconciliation.in_doubt)],
        ],
    )


def _table(sheet: Worksheet, header: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
    for number, row in enumerate([header, *rows], 1):
        sheet.append([_cell(sheet, number, column, value) for column, value in enumerate(row, 1)])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    last = get_column_letter(len(header))
    sheet.auto_filter.ref = f"A1:{last}{len(rows) + 1}"
    for column, cells in enumerate(sheet.iter_cols(), 1):
        longest = max(len(str(cell.value)) for cell in cells if cell.value is not None)
        sheet.column_dimensions[get_column_letter(column)].width = min(longest, _WIDEST) + 3


def _cell(sheet: Worksheet, row: int, column: int, value: Value) -> Cell:
    """A text stays a text, whatever it begins with."""
    cell = Cell(sheet, row, column, _CONTROL.sub("�", value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = bool(_FORMULA.match(value))
    elif isinstance(value, date):
        cell.number_format = "dd/mm/yyyy"
    return cell
